using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Undoes an interrupted restore. Needs no repository: what is put back lies beside what took its place.</summary>
/// <param name="surroundings">Of the application.</param>
/// <param name="clock">For times and timeouts.</param>
/// <param name="progress">Shows the steps.</param>
public sealed class RestoreRecovery(RestoreSurroundings surroundings, TimeProvider clock, OperationProgress progress)
{
    /// <summary>Told when there is somebody to wait for.</summary>
    public Action<string>? Waiting { get; init; }

    /// <returns>What has become of the application, in a sentence.</returns>
    /// <exception cref="HoldfastException">Usage: it was not interrupted. Locked. Failed: not everything could be put back, and what.</exception>
    public async Task<string> UndoAsync(long number, CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(surroundings.StateFolder);
        var journal = new OperationJournal(state);
        using var held = await ApplicationLock.TakeAsync(
            surroundings.Application,
            new ApplicationLockOptions(IsShared: false, surroundings.Wait, surroundings.StateFolder, Waiting),
            journal,
            clock,
            cancellationToken).ConfigureAwait(false);
        var operation = journal.Get(number);
        operation.RequireUnfinished();
        var service = InterruptedRestore.ServiceOf(operation, surroundings, clock);
        var interrupted = new InterruptedRestore(operation, service, clock);
        await using var running = RunningOperation.Resume(state, operation, progress, clock);
        return await running.RunAsync(
            _ => interrupted.UndoAsync(running, progress), _ => new OperationOutcome(OperationState.Undone) { Settles = true }, cancellationToken).ConfigureAwait(false);
    }
}
