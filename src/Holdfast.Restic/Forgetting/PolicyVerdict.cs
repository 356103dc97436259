using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Forgetting;

/// <summary>What a policy says of one snapshot.</summary>
/// <param name="Stored">Which one.</param>
/// <param name="Matches">Why it is kept; empty when it is not.</param>
/// <param name="Misses">Why the other rules do not keep it.</param>
/// <param name="Counters">What is left of the counts after it.</param>
public sealed record PolicyVerdict(
    StoredSnapshot Stored, IReadOnlyList<KeepMatch> Matches, IReadOnlyList<KeepMiss> Misses, KeepCounters Counters)
{
    public bool IsKept => Matches.Count > 0;
}
