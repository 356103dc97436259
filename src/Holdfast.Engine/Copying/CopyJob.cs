using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Copying;

/// <summary>
/// Copies snapshots to another repository, entered into the journal. Nothing is said of proofs: a copy is at another place, and is proven there by a
/// drill of its own.
/// </summary>
public sealed class CopyJob(Repository source, Repository target, CopyJobOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly LockedCopy _copy = new(source, target, options, clock, progress);

    /// <summary>What would be copied. Takes no lock.</summary>
    /// <param name="choose">Says which of the source's snapshots are meant.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HoldfastException">Usage: both are one repository. Or what choosing throws, or as the storages say.</exception>
    public Task<CopyPlan> PlanAsync(Func<SnapshotListing, IReadOnlyList<StoredSnapshot>> choose, CancellationToken cancellationToken) => _copy.PlanAsync(choose, cancellationToken);

    /// <summary>Copies what is missing.</summary>
    /// <inheritdoc cref="PlanAsync"/>
    /// <exception cref="HoldfastException">Locked: somebody works exclusively on one of them.</exception>
    public Task<(CopyPlan Plan, CopyResult Result)> ExecuteAsync(Func<SnapshotListing, IReadOnlyList<StoredSnapshot>> choose, CancellationToken cancellationToken) =>
        options.Scope.RunInAnyCaseAsync(
            new OperationOrder(OperationKind.Copy, "copy snapshots to another repository", options.Request),
            token => _copy.ExecuteAsync(choose, token),
            outcome => new OperationOutcome(outcome.Result.Failed.Count > 0 ? OperationState.DoneInPart : OperationState.Done),
            progress,
            clock,
            cancellationToken);
}

/// <summary>Where and how to copy.</summary>
public sealed record CopyJobOptions
{
    public required OperationScope Scope { get; init; }

    /// <summary>What was asked for, as the journal keeps it to do it again; null where nobody can.</summary>
    public string? Request { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>False for a source that cannot be written to: nothing may prune it meanwhile.</summary>
    public bool LocksSource { get; init; } = true;

    /// <summary>How long to wait for a lock of somebody who works exclusively.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Told when a lock's file is left behind.</summary>
    public required Action<string> Notice { get; init; }
}
