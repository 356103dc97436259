using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Undoes an interrupted restore. Needs no repository: what is put back lies beside what took its place.</summary>
/// <param name="scope">Of the application that the operation was of; what is locked is <see cref="ApplicationKey.Of(Operation, LoadedManifest?)"/>.</param>
/// <param name="manifest">Says how the application is stopped and started where the journal does not; null when there is none, or nobody can read it.</param>
/// <param name="clock">For times and timeouts.</param>
/// <param name="progress">Shows the steps.</param>
public sealed class RestoreRecovery(OperationScope scope, LoadedManifest? manifest, TimeProvider clock, OperationProgress progress)
{
    /// <exception cref="HoldfastException">Usage: it was not interrupted. Locked. Failed: not everything could be put back, and what.</exception>
    public async Task<UndoResult> UndoAsync(long number, CancellationToken cancellationToken)
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
        var service = InterruptedRestore.ServiceOf(operation, manifest, scope.StateFolder, clock);
        var interrupted = new InterruptedRestore(operation, service, clock);
        await using var running = RunningOperation.Resume(state, operation, progress, clock);
        return await running.RunAsync(
            _ => interrupted.UndoAsync(running, progress), _ => new OperationOutcome(OperationState.Undone) { Settles = true }, cancellationToken).ConfigureAwait(false);
    }
}
