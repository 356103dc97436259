using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;

namespace Holdfast.Engine.Restores.Targets;

/// <summary>Does what the plan of a restore to a target says, after another look at what may have changed since: conflicts, free space.</summary>
internal sealed class RestoreExecution(
    Repository repository, BlobReader reader, RestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">Failed: something is in the way, or the target cannot be written. NoSpace, Damaged.</exception>
    internal async Task<RestoreResult> ExecuteAsync(RestorePlan plan, CancellationToken cancellationToken)
    {
        // In place there is an application to stop, and a way back to keep.
        if (plan.IsInPlace) throw new ArgumentException("a restore in place has a lifecycle of its own", nameof(plan));
        var started = clock.GetTimestamp();
        var conflicts = Destinations.Conflicts(plan.Items, options);
        if (conflicts.Count > 0) throw Destinations.Refusal(conflicts, plan.IsInPlace);
        var log = new RestoreLog();
        foreach (var problem in plan.Problems) log.Damage(problem);
        foreach (var notice in plan.Notices) log.Notice(notice);
        progress.Begin("restoring", plan.Bytes);
        var stager = new FileStager(repository, reader, log, progress, options.Workers);
        await new TargetRestorer(plan, stager, log).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return log.Result(clock.GetElapsedTime(started));
    }
}
