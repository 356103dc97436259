using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>What a backup came to.</summary>
public sealed record BackupResult
{
    public required Id SnapshotId { get; init; }

    /// <summary>Files in the snapshot, databases not counted.</summary>
    public required long Files { get; init; }

    /// <summary>Files whose content was taken from the parent snapshot without reading them.</summary>
    public required long FilesUnchanged { get; init; }

    public required IReadOnlyList<DatabaseRecord> Databases { get; init; }

    /// <summary>Bytes of databases and files that were read.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Bytes that the repository grew by in packs.</summary>
    public required long BytesAdded { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>What could not be saved as it should, one sentence each. Not empty: the backup is done only in part (exit code 3).</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Why it looks as if data was lost before the backup, one sentence each; empty when it is plausible. Exit code 3.</summary>
    public IReadOnlyList<string> Suspicions { get; init; } = [];

    /// <summary>What the user should know though nothing is wrong.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>What went wrong beside the backup, one sentence each: the snapshot is complete, but a program after it failed.</summary>
    public IReadOnlyList<string> Afterwards { get; init; } = [];

    /// <summary>The application's version; null when it is not known.</summary>
    public string? Version { get; init; }

    /// <summary>Between which moments the parts were read; null when nothing was.</summary>
    public SnapshotMoments? Moments { get; init; }

    public bool IsPartial => Problems.Count > 0 || Afterwards.Count > 0;
}
