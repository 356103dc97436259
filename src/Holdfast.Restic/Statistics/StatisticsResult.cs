using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Statistics;

/// <summary>What a repository holds and what that takes. Sizes in bytes.</summary>
public sealed record StatisticsResult
{
    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<SnapshotStatistics> Snapshots { get; init; }

    /// <summary>Files in snapshots/ that cannot be read: what only they need counts as needed by none.</summary>
    public required IReadOnlyList<DamagedSnapshot> Damaged { get; init; }

    /// <summary>Different pieces of files that snapshots need.</summary>
    public required long DataBlobs { get; init; }

    /// <summary>Different folders that snapshots need.</summary>
    public required long TreeBlobs { get; init; }

    /// <summary>Both as they are before compression and encryption.</summary>
    public required long PlainBytes { get; init; }

    /// <summary>Of these, pieces of files.</summary>
    public required long PlainDataBytes { get; init; }

    /// <summary>Both as they are stored, without the tables of packs and index.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>What is stored and needed by no snapshot, and second copies: what `prune` could free at most.</summary>
    public required long UnneededBytes { get; init; }

    public required long Packs { get; init; }

    /// <summary>Every file of the repository.</summary>
    public required long RepositoryBytes { get; init; }

    /// <summary>Files of all snapshots, each as often as a snapshot has it.</summary>
    public long Files => Snapshots.Sum(snapshot => snapshot.Files);

    /// <summary>What restoring every snapshot to a place of its own would write.</summary>
    public long RestoredBytes => Snapshots.Sum(snapshot => snapshot.RestoredBytes);

    /// <summary>How many times larger the restored files are than their different pieces; null while there is nothing.</summary>
    public double? DeduplicationRatio => PlainDataBytes > 0 ? RestoredBytes / (double)PlainDataBytes : null;

    /// <summary>How many times larger the different pieces are than what is stored of them; null while there is nothing.</summary>
    public double? CompressionRatio => StoredBytes > 0 ? PlainBytes / (double)StoredBytes : null;
}

/// <summary>What one snapshot holds.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Files">Regular files.</param>
/// <param name="RestoredBytes">What restoring it writes.</param>
/// <param name="UniqueBytes">What is stored for it alone: what forgetting only this one, and pruning, would free.</param>
public sealed record SnapshotStatistics(StoredSnapshot Snapshot, long Files, long RestoredBytes, long UniqueBytes);
