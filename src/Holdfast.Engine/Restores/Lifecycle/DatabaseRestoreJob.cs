using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Served;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>One restore of a single database of a server as an operation: locked where it replaces something, entered into the journal, executed.</summary>
/// <param name="scope">For which application.</param>
/// <param name="order">What is entered.</param>
/// <param name="clock">For the times.</param>
/// <param name="progress">Shows the steps.</param>
public sealed class DatabaseRestoreJob(OperationScope scope, OperationOrder order, TimeProvider clock, OperationProgress progress)
{
    /// <param name="plan">What it will do.</param>
    /// <param name="executeAsync">Does it; told what must be put back should the process end.</param>
    /// <param name="cancellationToken">Ends it before the exchange.</param>
    /// <exception cref="HoldfastException">Locked: another operation is at the application. Busy: an interrupted one must be settled first. Or it failed.</exception>
    public async Task<ServedRestoreResult> ExecuteAsync(
        ServedRestorePlan plan, Func<Action<string?>, CancellationToken, Task<ServedRestoreResult>> executeAsync, CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(scope.StateFolder);
        var journal = new OperationJournal(state);
        // A new database beside changes nothing of the application.
        var changes = plan.Options.As is null;
        using var held = changes
            ? await ApplicationLock.TakeAsync(
                scope.Application, new ApplicationLockOptions(IsShared: false, scope.Wait, scope.StateFolder, scope.Notice), journal, clock, cancellationToken).ConfigureAwait(false)
            : null;
        if (changes && journal.Unsettled(scope.Application.Place) is { } unsettled) throw UnsettledOperation.Refusal(unsettled);
        await using var running = RunningOperation.Begin(
            state, scope.Application, new OperationRequest(order.Kind, order.Title, order.Json, scope.User, scope.Program), progress, clock);
        var result = await running.RunAsync(
            token => executeAsync(running.SaveUndo, token), _ => new OperationOutcome(OperationState.Done) { Settles = true }, cancellationToken).ConfigureAwait(false);
        return running.Trouble is { } trouble ? result with { Notices = [.. result.Notices, trouble] } : result;
    }
}
