using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends;

/// <summary>One file of a repository: its kind and its name. The config has no name; use <see cref="Config"/>.</summary>
public readonly record struct FileHandle(FileType Type, Id Id)
{
    public static FileHandle Config { get; } = new(FileType.Config, default);

    public override string ToString() => Type switch
    {
        FileType.Config => "config",
        FileType.Key => $"key {Id.Short}",
        FileType.Lock => $"lock {Id.Short}",
        FileType.Snapshot => $"snapshot {Id.Short}",
        FileType.Index => $"index {Id.Short}",
        _ => $"pack {Id.Short}",
    };
}
