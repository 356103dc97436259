using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Copying;

/// <summary>Copies snapshots from one repository to another, both locked against exclusive work only.</summary>
public sealed class LockedCopy(Repository source, Repository target, CopyJobOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>What would be copied. Takes no lock.</summary>
    /// <inheritdoc cref="CopyJob.PlanAsync"/>
    public async Task<CopyPlan> PlanAsync(Func<SnapshotListing, IReadOnlyList<StoredSnapshot>> choose, CancellationToken cancellationToken)
    {
        if (source.Backend.Location == target.Backend.Location)
            throw new HoldfastException(FailureKind.Usage, $"{target.Backend.Location} is the repository itself", "name another one with --to");
        progress.Begin("comparing snapshots");
        var wanted = choose(await SnapshotFiles.LoadAllAsync(source, cancellationToken).ConfigureAwait(false));
        var there = await SnapshotFiles.LoadAllAsync(target, cancellationToken).ConfigureAwait(false);
        return CopyPlan.Of(source, target, wanted, there.Readable);
    }

    /// <summary>Copies what is missing.</summary>
    /// <inheritdoc cref="CopyJob.ExecuteAsync"/>
    public Task<(CopyPlan Plan, CopyResult Result)> ExecuteAsync(Func<SnapshotListing, IReadOnlyList<StoredSnapshot>> choose, CancellationToken cancellationToken) =>
        options.LocksSource
            ? Locked(source).RunAsync(token => ToTargetAsync(choose, token), cancellationToken)
            : ToTargetAsync(choose, cancellationToken);

    private Task<(CopyPlan Plan, CopyResult Result)> ToTargetAsync(Func<SnapshotListing, IReadOnlyList<StoredSnapshot>> choose, CancellationToken cancellationToken) =>
        Locked(target).BeginAsync(
            async (held, token) =>
            {
                await held.ConfirmAsync(token).ConfigureAwait(false);
                var plan = await PlanAsync(choose, token).ConfigureAwait(false);
                var copy = new CopyOptions { StepBegins = step => progress.Begin(step), BytesDone = progress.AddBytes, RequireHeld = held.RequireHeldAsync };
                return (plan, await new CopyRun(source, target, copy, clock).ExecuteAsync(plan.Missing, token).ConfigureAwait(false));
            },
            cancellationToken);

    private LockedWork Locked(Repository repository) => new(repository, exclusive: false, options.Identity, clock, options.Notice) { Wait = options.Wait };
}
