using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Archives.Folders;

/// <summary>One archive in a folder.</summary>
public sealed record FolderArchive
{
    public required FilePath File { get; init; }

    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    public required ArchiveFormat Format { get; init; }

    /// <summary>When the backup was made: by the sidecar, else the name. Never the time of the file, which copying changes.</summary>
    public required DateTimeOffset Time { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Holdfast made it, here.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>It was read back after it was written, and has its size still.</summary>
    public required bool IsVerified { get; init; }

    /// <summary>The content of the snapshot that it was made of, by the ID of its tree; null when nobody knows.</summary>
    public Id? Content { get; init; }

    /// <summary>Why it is not to be relied on: its backup was suspicious or incomplete, or its snapshot was refuted by a drill. Null for no reason.</summary>
    public string? Doubt { get; init; }

    /// <summary>Its snapshot is proven.</summary>
    public bool IsProven { get; init; }

    /// <summary>There is a <see cref="Doubt"/>. A proven one is as its application was, and may still hold too little.</summary>
    public bool IsDoubtful => Doubt is not null;
}

/// <summary>A folder of plain archives that the manifest declares.</summary>
public sealed class ArchiveFolder(ArchiveDeclaration declaration)
{
    public ArchiveDeclaration Declaration => declaration;

    public FilePath Path { get; } = FilePath.From(declaration.Folder);

    internal ArchiveLedger Ledger => new(Path);

    /// <summary>The archives in it with the declared prefix, the newest first; none when there is no such folder.</summary>
    /// <exception cref="HoldfastException">Failed: it cannot be read. Damaged: its ledger.</exception>
    public IReadOnlyList<FolderArchive> List()
    {
        if (FileSystem.TryStatus(Path, followLinks: true) is not { IsDirectory: true }) return [];
        var place = FileSystem.RealPath(Path);
        var ledger = Ledger.Read();
        return
        [
            .. DirectoryListing.Read(place).Select(entry => Recognise(place.Combine(entry.Name), ledger)).OfType<FolderArchive>()
                .OrderByDescending(archive => archive.Time).ThenByDescending(archive => archive.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>An archive by its file name; null when there is none of that name.</summary>
    /// <inheritdoc cref="List"/>
    public FolderArchive? Find(string name) => List().FirstOrDefault(archive => archive.Name == name);

    private FolderArchive? Recognise(FilePath file, IReadOnlyDictionary<string, LedgerEntry> ledger)
    {
        var name = FilePath.From(file.Name.Span).ToString();
        if (!name.StartsWith(declaration.Prefix + "_", StringComparison.Ordinal)) return null;
        if (ArchiveFormat.TryOfName(name) is not { } format || ArchiveFileName.TimeIn(file) is not { } named) return null;
        if (FileSystem.TryStatus(file, followLinks: false) is not { IsFile: true } status) return null;
        var known = ledger.GetValueOrDefault(name);
        var isOwn = known is not null && known.Bytes == (long)status.Size;
        return new FolderArchive
        {
            File = file,
            Name = name,
            Format = format,
            Time = RecordedTime(file) ?? named,
            Bytes = (long)status.Size,
            IsOwn = isOwn,
            IsVerified = isOwn && known!.Verified,
            Content = isOwn && Id.TryParse(known!.Tree ?? string.Empty, out var tree) ? tree : null,
            Doubt = isOwn ? known!.Doubt : null,
        };
    }

    private static DateTimeOffset? RecordedTime(FilePath file)
    {
        try
        {
            return ArchiveMeta.TryRead(file)?.Time();
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            // The name says it too.
            return null;
        }
    }
}
