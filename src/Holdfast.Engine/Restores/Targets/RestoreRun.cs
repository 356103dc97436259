using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Targets;

/// <summary>
/// Restores a snapshot or some paths of it below another folder (docs/design/restore.md). Every byte is verified against the ID of its blob before
/// it is written; what cannot be had whole is not left behind under its name. A restore in place is a <see cref="Lifecycle.RestoreJob"/>; of one
/// this only tells the plan.
/// </summary>
public sealed class RestoreRun(Repository repository, RestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>What the restore would do; writes nothing but the repository's lock. What is in the way is told in the plan.</summary>
    /// <exception cref="HoldfastException">
    /// Usage: the target is inside the repository. NotFound: a path is not in the snapshot. Damaged: a hostile tree or an index. Locked.
    /// </exception>
    public async Task<RestorePlan> PlanAsync(CancellationToken cancellationToken)
    {
        var notices = new List<string>();
        var plan = await LockedAsync(PlanAsync, notices.Add, cancellationToken).ConfigureAwait(false);
        return plan with { Notices = [.. plan.Notices, .. notices] };
    }

    /// <summary>Plans and does it, under one lock.</summary>
    /// <exception cref="HoldfastException">
    /// As of <see cref="PlanAsync(CancellationToken)"/>. Failed: something is in the way, or the target cannot be written. NoSpace.
    /// </exception>
    public async Task<RestoreResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var notices = new List<string>();
        var result = await LockedAsync(
            async (reader, token) =>
            {
                var plan = await PlanAsync(reader, token).ConfigureAwait(false);
                return await new RestoreExecution(repository, reader, options, clock, progress).ExecuteAsync(plan, token).ConfigureAwait(false);
            },
            notices.Add,
            cancellationToken).ConfigureAwait(false);
        return result with { Notices = [.. result.Notices, .. notices] };
    }

    private Task<RestorePlan> PlanAsync(BlobReader reader, CancellationToken cancellationToken) =>
        new RestorePlanner(reader, options).PlanAsync(cancellationToken);

    private Task<T> LockedAsync<T>(
        Func<BlobReader, CancellationToken, Task<T>> work, Action<string> notice, CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        var identity = options.Lock ? options.Identity : null;
        return new LockedReading(repository, identity, clock, notice).RunAsync(work, cancellationToken);
    }
}
