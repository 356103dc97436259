using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>What has been removed.</summary>
/// <param name="Plan">What was to be done, as it was found under the lock.</param>
/// <param name="Removed">In the order in which they were removed.</param>
/// <param name="Left">The first that could not be removed and those after it.</param>
/// <param name="Failure">Why, or why the prune afterwards failed; null when nothing did.</param>
public sealed record ForgetResult(ForgetPlan Plan, IReadOnlyList<StoredSnapshot> Removed, IReadOnlyList<Id> Left, HoldfastException? Failure)
{
    /// <summary>What was pruned afterwards, under the same lock; null where that was not asked for, or failed.</summary>
    public PruneOutcome? Pruned { get; init; }

    /// <summary>Something is left to be done, or could not be looked at.</summary>
    public bool IsPartial => Failure is not null || Plan.Damaged.Count > 0 || Pruned is { Result.Problems.Count: > 0 };
}

/// <summary>A prune that was done.</summary>
public sealed record PruneOutcome(PrunePlan Plan, PruneResult Result);
