using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Undoes an interrupted restore, or finishes one of a single database. Needs no repository: what is put back lies beside what took its place.</summary>
/// <param name="scope">Of the application that the operation was of; what is locked is <see cref="ApplicationKey.Of(Operation, LoadedManifest?)"/>.</param>
/// <param name="manifest">Says how the application is stopped and started where the journal does not; null when there is none, or nobody can read it.</param>
/// <param name="clock">For times and timeouts.</param>
/// <param name="progress">Shows the steps.</param>
public sealed class RestoreRecovery(OperationScope scope, LoadedManifest? manifest, TimeProvider clock, OperationProgress progress)
{
    /// <exception cref="HoldfastException">Usage: it was not interrupted. Locked. Failed: not everything could be put back, and what.</exception>
    public Task<UndoResult> UndoAsync(long number, CancellationToken cancellationToken) => WithAsync(number, UndoAsync, cancellationToken);

    /// <summary>Goes on with the restore of one database of a server, if what was restored is whole; else undoes it, so that it can be run again.</summary>
    /// <returns>What was noticed; null when it was undone.</returns>
    /// <exception cref="HoldfastException">As of <see cref="UndoAsync(long, CancellationToken)"/>.</exception>
    public Task<IReadOnlyList<string>?> TryFinishDatabaseAsync(long number, CancellationToken cancellationToken) => WithAsync(
        number,
        async (running, interrupted) =>
        {
            if (interrupted.MustStartOver || await interrupted.IsHalfPutBackAsync().ConfigureAwait(false))
            {
                await UndoAsync(running, interrupted).ConfigureAwait(false);
                return null;
            }

            var result = await running.RunAsync(
                _ => interrupted.FinishDatabaseAsync(running, progress), _ => new OperationOutcome(OperationState.Done) { Settles = true }, cancellationToken).ConfigureAwait(false);
            return result.Notices;
        },
        cancellationToken);

    private Task<UndoResult> UndoAsync(RunningOperation running, InterruptedRestore interrupted) => running.RunAsync(
        _ => interrupted.UndoAsync(running, progress), _ => new OperationOutcome(OperationState.Undone) { Settles = true }, CancellationToken.None);

    private async Task<T> WithAsync<T>(long number, Func<RunningOperation, InterruptedRestore, Task<T>> work, CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(scope.StateFolder);
        var journal = new OperationJournal(state);
        using var held = await ApplicationLock.TakeAsync(
            scope.Application,
            new ApplicationLockOptions(IsShared: false, scope.Wait, scope.StateFolder, scope.Notice),
            journal,
            clock,
            cancellationToken).ConfigureAwait(false);
        var operation = journal.Get(number);
        operation.RequireUnfinished();
        UnsettledOperation.RequireReadable(operation);
        var interrupted = new InterruptedRestore(operation, InterruptedRestore.ServiceOf(operation, manifest, scope.StateFolder, clock), clock);
        await using var running = RunningOperation.Resume(state, operation, progress, clock);
        return await work(running, interrupted).ConfigureAwait(false);
    }
}
