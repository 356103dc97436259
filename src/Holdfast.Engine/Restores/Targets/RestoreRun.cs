using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Targets;

/// <summary>
/// Restores a snapshot or some paths of it to a target (docs/design/restore.md). Every byte is verified against the ID of its blob before it
/// is written; what cannot be had whole is not left behind under its name. In place it plans alone: that is then done by a
/// <see cref="Lifecycle.RestoreJob"/>.
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

    /// <summary>
    /// Does what a plan of these options says. Only what may have changed since is looked at again: conflicts, free space.
    /// </summary>
    /// <exception cref="HoldfastException">
    /// Failed: something is in the way, or the target cannot be written. NoSpace, Damaged, Locked.
    /// </exception>
    public Task<RestoreResult> ExecuteAsync(RestorePlan plan, CancellationToken cancellationToken) =>
        ExecuteAsync((reader, token) => ExecuteAsync(plan, reader, token), cancellationToken);

    /// <summary>Plans and does it, under one lock.</summary>
    /// <exception cref="HoldfastException">As of <see cref="PlanAsync(CancellationToken)"/> and of the execution of a plan.</exception>
    public Task<RestoreResult> ExecuteAsync(CancellationToken cancellationToken) => ExecuteAsync(
        async (reader, token) =>
        {
            var plan = await PlanAsync(reader, token).ConfigureAwait(false);
            return await ExecuteAsync(plan, reader, token).ConfigureAwait(false);
        },
        cancellationToken);

    private async Task<RestoreResult> ExecuteAsync(
        Func<BlobReader, CancellationToken, Task<RestoreResult>> work, CancellationToken cancellationToken)
    {
        var notices = new List<string>();
        var result = await LockedAsync(work, notices.Add, cancellationToken).ConfigureAwait(false);
        return result with { Notices = [.. result.Notices, .. notices] };
    }

    private Task<RestorePlan> PlanAsync(BlobReader reader, CancellationToken cancellationToken) =>
        new RestorePlanner(reader, options).PlanAsync(cancellationToken);

    private Task<RestoreResult> ExecuteAsync(RestorePlan plan, BlobReader reader, CancellationToken cancellationToken) =>
        new RestoreExecution(repository, reader, options, clock, progress).ExecuteAsync(plan, cancellationToken);

    private Task<T> LockedAsync<T>(
        Func<BlobReader, CancellationToken, Task<T>> work, Action<string> notice, CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        var identity = options.Lock ? options.Identity : null;
        return new LockedReading(repository, identity, clock, notice).RunAsync(work, cancellationToken);
    }
}
