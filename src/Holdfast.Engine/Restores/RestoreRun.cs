using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Locks;

namespace Holdfast.Engine.Restores;

/// <summary>
/// Restores a snapshot or some paths of it, to a target or in place (docs/design/restore.md). Every byte is verified against the ID of its blob
/// before it is written; what cannot be had whole is not left behind under its name.
/// </summary>
public sealed class RestoreRun(Repository repository, RestoreOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>How restored databases are checked; tests make it fail.</summary>
    internal DatabaseVerification Verification { get; init; } = new();

    /// <summary>What the restore would do; writes nothing but the repository's lock.</summary>
    /// <exception cref="HoldfastException">As <see cref="ExecuteAsync"/>, but what is in the way is told in the plan.</exception>
    public Task<RestorePlan> PlanAsync(CancellationToken cancellationToken) =>
        LockedAsync(
            async (reader, token) => await new RestorePlanner(reader, options).PlanAsync(token).ConfigureAwait(false),
            (plan, notice) => plan with { Notices = [.. plan.Notices, notice] },
            cancellationToken);

    /// <exception cref="HoldfastException">
    /// Failed: something is in the way, or the destination cannot be written. Usage: the target is inside the repository. NotFound: a path is not in the
    /// snapshot. Busy: a database is in use. NoSpace, Damaged, Locked. In place nothing has changed then, unless the message says so.
    /// </exception>
    public Task<RestoreResult> ExecuteAsync(CancellationToken cancellationToken) =>
        LockedAsync(ExecuteAsync, (result, notice) => result with { Notices = [.. result.Notices, notice] }, cancellationToken);

    private async Task<RestoreResult> ExecuteAsync(BlobReader reader, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var plan = await new RestorePlanner(reader, options).PlanAsync(cancellationToken).ConfigureAwait(false);
        if (plan.Conflicts.Count > 0) throw Refusal(plan);
        var log = new RestoreLog();
        foreach (var problem in plan.Problems) log.Problem(problem);
        foreach (var notice in plan.Notices) log.Notice(notice);
        progress.Begin("restoring", plan.Bytes);
        var stager = new FileStager(repository, reader, log, progress, options.Workers);
        var space = new SpaceNeeded(reader);
        if (plan.IsInPlace) await new InPlaceRestorer(plan, stager, space, log, progress, clock, Verification).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        else await new TargetRestorer(plan, stager, space, log).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return log.Result(clock.GetElapsedTime(started));
    }

    private async Task<T> LockedAsync<T>(
        Func<BlobReader, CancellationToken, Task<T>> work, Func<T, string, T> withNotice, CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        if (!options.Lock) return await work(await ReaderAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var notices = new List<string>();
        var result = await new LockedWork(repository, exclusive: false, options.Identity, clock, notices.Add).BeginAsync(
            async (held, token) =>
            {
                var reader = await ReaderAsync(token).ConfigureAwait(false);
                await held.ConfirmAsync(token).ConfigureAwait(false);
                return await work(reader, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return notices.Aggregate(result, withNotice);
    }

    private async Task<BlobReader> ReaderAsync(CancellationToken cancellationToken) =>
        new(repository, await repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false));

    private static HoldfastException Refusal(RestorePlan plan) => new(
        FailureKind.Failed,
        $"nothing was restored, because of what is in the way: {string.Join("; ", plan.Conflicts)}",
        plan.IsInPlace ? "move these away, or restore with --target to an empty folder" : "use an empty target, or restore in place without --target");
}
