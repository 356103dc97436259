namespace Holdfast.Restic.Repairing;

/// <summary>Which snapshots to repair, and what becomes of the hurt ones.</summary>
public sealed record SnapshotRepairOptions
{
    /// <summary>IDs of snapshots, or the beginnings of them; empty for all that are hurt.</summary>
    public IReadOnlyList<string> Snapshots { get; init; } = [];

    /// <summary>Remove the hurt ones when the repaired ones are durable, and those of which nothing can be read.</summary>
    public bool Forget { get; init; }
}
