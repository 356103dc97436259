using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Checking;

/// <summary>What a finding is about: a stored file or a blob.</summary>
public readonly record struct CheckSubject
{
    private CheckSubject(FileHandle? file, BlobHandle? blob)
    {
        File = file;
        Blob = blob;
    }

    /// <summary>The file, where it is one.</summary>
    public FileHandle? File { get; }

    /// <summary>The blob, where it is one.</summary>
    public BlobHandle? Blob { get; }

    public static CheckSubject Of(FileHandle file) => new(file, null);

    public static CheckSubject Of(BlobHandle blob) => new(null, blob);

    /// <summary>The kind and the whole ID: "pack 8760e6…".</summary>
    public override string ToString() => (File, Blob) switch
    {
        ({ Type: FileType.Config }, _) => "config",
        ({ } file, _) => $"{WordFor(file.Type)} {file.Id}",
        (_, { } blob) => blob.ToString(),
        _ => "repository",
    };

    private static string WordFor(FileType type) => type switch
    {
        FileType.Key => "key",
        FileType.Lock => "lock",
        FileType.Snapshot => "snapshot",
        FileType.Index => "index",
        _ => "pack",
    };
}
