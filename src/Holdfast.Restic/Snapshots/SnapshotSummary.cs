using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>What the backup that made a snapshot did (section 6). Sizes in bytes.</summary>
public sealed record SnapshotSummary
{
    public required Timestamp BackupStart { get; init; }

    public required Timestamp BackupEnd { get; init; }

    public ulong FilesNew { get; init; }

    public ulong FilesChanged { get; init; }

    public ulong FilesUnmodified { get; init; }

    public ulong DirsNew { get; init; }

    public ulong DirsChanged { get; init; }

    public ulong DirsUnmodified { get; init; }

    /// <summary>Data blobs that were added.</summary>
    public ulong DataBlobs { get; init; }

    /// <summary>Tree blobs that were added.</summary>
    public ulong TreeBlobs { get; init; }

    /// <summary>The plaintext of the blobs that were added.</summary>
    public ulong DataAdded { get; init; }

    /// <summary>What those blobs take in the repository, compressed and encrypted.</summary>
    public ulong DataAddedPacked { get; init; }

    public ulong TotalFilesProcessed { get; init; }

    public ulong TotalBytesProcessed { get; init; }
}
