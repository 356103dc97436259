using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Contents;

/// <summary>What was asked for of a snapshot, before it is known where it shall go.</summary>
internal sealed record SnapshotContents
{
    /// <summary>Folders before what they hold; their destinations are where they came from.</summary>
    internal required IReadOnlyList<RestoreItem> Items { get; init; }

    /// <summary>What Holdfast knows about the snapshot; null when a stock restic made it or when it cannot be used.</summary>
    internal required SnapshotRecord? Record { get; init; }

    /// <summary>Why there is a record but it is not used, one sentence; null when that is not so.</summary>
    internal required string? UnusedRecord { get; init; }

    /// <summary>What cannot be restored as it should, one sentence each.</summary>
    internal required IReadOnlyList<string> Problems { get; init; }

    internal required IReadOnlyList<string> Notices { get; init; }
}
