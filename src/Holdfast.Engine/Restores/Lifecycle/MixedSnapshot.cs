using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// A snapshot that was made while an interrupted restore had left the application between two states: some of it is of one and some of the other.
/// As the safety snapshot of a restore that went over that it is what a rollback goes to, and nothing but its record would tell afterwards.
/// </summary>
internal static class MixedSnapshot
{
    /// <summary>Why it is not restored unless the request says so; null when it may be.</summary>
    internal static HoldfastException? Refusal(StoredSnapshot snapshot, RestoreRequest request, RestorePlan plan)
    {
        // Nothing is brought back where it is only taken away.
        if (request.AcceptsMixture || request.OnlyRemoves || plan.Record?.Problems.Any(RestoreMarker.IsProblem) is not true) return null;
        return new HoldfastException(
            FailureKind.Damaged,
            $"snapshot {snapshot.Id.Short} was made while an interrupted restore had left the application between two states: some of it is of one and some of the other",
            "choose another snapshot with `holdfast list`; if this one is wanted all the same, say --force");
    }
}
