using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Archives.Exporting;

/// <summary>What to export, and where to.</summary>
public sealed record ArchiveExportOptions
{
    public required StoredSnapshot Snapshot { get; init; }

    /// <summary>Absolute; its folder exists.</summary>
    public required FilePath File { get; init; }

    public required ArchiveFormat Format { get; init; }

    /// <summary>For formats that hold one database: its name; null for the only one.</summary>
    public string? Database { get; init; }

    /// <summary>For encrypted formats.</summary>
    public Passphrase? Passphrase { get; init; }

    /// <summary>A file of that name may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Write <see cref="ArchiveMeta"/> beside it.</summary>
    public bool WritesMeta { get; init; }

    /// <summary>Folders in which a scratch directory may be made; the first with room is taken.</summary>
    public required IReadOnlyList<FilePath> ScratchCandidates { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>False leaves the repository unlocked, for one that cannot be written to.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>Name and version of the program.</summary>
    public required string Program { get; init; }
}

/// <summary>What an export came to.</summary>
public sealed record ArchiveExportResult
{
    public required FilePath File { get; init; }

    public required ArchiveFormat Format { get; init; }

    public required Id Snapshot { get; init; }

    /// <summary>Of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Of the file as it is on the disk, encrypted or not.</summary>
    public required string FileSha256 { get; init; }

    public required ArchiveMeta Meta { get; init; }

    public required IReadOnlyList<DatabaseRecord> Databases { get; init; }

    /// <summary>Files in the archive, databases not counted.</summary>
    public required long Files { get; init; }

    /// <summary>What the archive lacks or holds damaged. Not empty: done only in part (exit code 3).</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required IReadOnlyList<string> Notices { get; init; }
}
