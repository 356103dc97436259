using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Repairing;

/// <summary>What becomes of hurt snapshots.</summary>
public sealed record SnapshotRepairPlan
{
    /// <summary>Snapshots that were looked at.</summary>
    public required int Looked { get; init; }

    /// <summary>Those that are hurt, the oldest first.</summary>
    public required IReadOnlyList<SnapshotLosses> Hurt { get; init; }

    /// <summary>Those of which nothing can be read: removed only where the hurt ones are.</summary>
    public required IReadOnlyList<UnreadableFile> Unreadable { get; init; }

    /// <summary>The hurt ones go.</summary>
    public required bool Forgets { get; init; }

    /// <summary>There is nothing to do.</summary>
    public bool IsEmpty => Hurt.All(snapshot => snapshot.RepairedAs is not null && !Forgets) && (Unreadable.Count == 0 || !Forgets);
}

/// <summary>A hurt snapshot and what is taken out of it.</summary>
/// <param name="Snapshot">As it is.</param>
/// <param name="Losses">What the repaired one lacks.</param>
/// <param name="RepairedAs">The repaired one, when an earlier run has made it already; else null.</param>
public sealed record SnapshotLosses(StoredSnapshot Snapshot, TreeLosses Losses, Id? RepairedAs);

/// <summary>What was done.</summary>
/// <param name="Repaired">The hurt snapshots and those made of them, the oldest first.</param>
/// <param name="Removed">Snapshots that are gone.</param>
public sealed record SnapshotRepairResult(IReadOnlyList<RepairedSnapshot> Repaired, IReadOnlyList<Id> Removed);

/// <param name="Hurt">The snapshot that was hurt.</param>
/// <param name="Repaired">The one in its place. It is another content: no proof of the old one is one of it.</param>
public sealed record RepairedSnapshot(Id Hurt, Id Repaired);
