using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>What has been removed.</summary>
/// <param name="Plan">What was to be done, as it was found under the lock.</param>
/// <param name="Removed">In the order in which they were removed.</param>
/// <param name="Left">The first that could not be removed and those after it.</param>
/// <param name="Failure">Why; null when all were.</param>
public sealed record ForgetResult(ForgetPlan Plan, IReadOnlyList<StoredSnapshot> Removed, IReadOnlyList<Id> Left, HoldfastException? Failure)
{
    /// <summary>Something is left to be done, or could not be looked at.</summary>
    public bool IsPartial => Failure is not null || Plan.Damaged.Count > 0;
}
