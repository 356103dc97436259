using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>Does what a plan says, after another look at what may have changed since: conflicts, users, free space.</summary>
internal sealed class RestoreExecution(
    Repository repository, BlobReader reader, RestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>How restored databases are checked; tests make it fail.</summary>
    internal DatabaseVerification Verification { get; init; } = new();

    /// <inheritdoc cref="RestoreRun.ExecuteAsync(RestorePlan, CancellationToken)"/>
    internal async Task<RestoreResult> ExecuteAsync(RestorePlan plan, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var conflicts = Destinations.Conflicts(plan.Items, options);
        if (conflicts.Count > 0) throw Refusal(plan, conflicts);
        var log = new RestoreLog();
        foreach (var problem in plan.Problems) log.Damage(problem);
        foreach (var notice in plan.Notices) log.Notice(notice);
        progress.Begin("restoring", plan.Bytes);
        var stager = new FileStager(repository, reader, log, progress, options.Workers);
        var done = plan.IsInPlace
            ? new InPlaceRestorer(plan, stager, log, progress, clock, Verification).ExecuteAsync(cancellationToken)
            : new TargetRestorer(plan, stager, log).ExecuteAsync(cancellationToken);
        await done.ConfigureAwait(false);
        return log.Result(clock.GetElapsedTime(started));
    }

    internal static HoldfastException Refusal(RestorePlan plan, IReadOnlyList<string> conflicts) => new(
        FailureKind.Failed,
        $"nothing was restored, because of what is in the way: {string.Join("; ", conflicts)}",
        plan.IsInPlace
            ? "move these away, or restore with --target to an empty folder"
            : "use an empty target, or restore in place without --target");
}
