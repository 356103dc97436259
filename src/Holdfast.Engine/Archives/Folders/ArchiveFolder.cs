using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

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
