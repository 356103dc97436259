using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>For which application, by whom and with which journal operations run.</summary>
public sealed record OperationScope
{
    public required ApplicationKey Application { get; init; }

    public required FilePath StateFolder { get; init; }

    /// <summary>The name of the user.</summary>
    public required string User { get; init; }

    /// <summary>The program and its version.</summary>
    public required string Program { get; init; }

    /// <summary>How long to wait while another operation is in the way.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Told what the user should know: whom it waits for, what of it is not in the journal.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Why nothing can be entered into the journal now; null when it can.</summary>
    public string? TroubleWithJournal()
    {
        try
        {
            using var state = LocalState.Open(StateFolder);
            return null;
        }
        catch (HoldfastException error)
        {
            return error.Message;
        }
    }

    /// <summary>Enters work into the journal that only reads the application, or does not touch it at all.</summary>
    /// <param name="order">What is entered.</param>
    /// <param name="locksApplication">Nobody may change the application meanwhile.</param>
    /// <param name="work">What is done.</param>
    /// <param name="outcome">What the result means.</param>
    /// <param name="progress">Shows the steps.</param>
    /// <param name="clock">For the times.</param>
    /// <param name="cancellationToken">Passed to the work.</param>
    /// <exception cref="HoldfastException">Locked; or the local state cannot be used; or what the work throws.</exception>
    public async Task<T> RunAsync<T>(
        OperationOrder order,
        bool locksApplication,
        Func<OperationContext, CancellationToken, Task<T>> work,
        Func<T, OperationOutcome> outcome,
        OperationProgress progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(StateFolder);
        var journal = new OperationJournal(state);
        using var held = locksApplication
            ? await ApplicationLock.TakeAsync(
                Application, new ApplicationLockOptions(IsShared: true, Wait, StateFolder, Notice), journal, clock, cancellationToken).ConfigureAwait(false)
            : null;
        var unsettled = journal.Unsettled(Application.Place);
        await using var running = RunningOperation.Begin(state, Application, new OperationRequest(order.Kind, order.Title, order.Json, User, Program), progress, clock);
        var result = await running.RunAsync(token => work(new OperationContext(running, unsettled), token), outcome, cancellationToken).ConfigureAwait(false);
        if (running.Trouble is { } trouble) Notice?.Invoke(trouble);
        return result;
    }

    /// <summary>
    /// The same for work that leaves the application alone, and that is wanted most when much is broken: trouble with the journal is told and is no
    /// reason to refuse it.
    /// </summary>
    /// <exception cref="HoldfastException">What the work throws.</exception>
    public async Task<T> RunInAnyCaseAsync<T>(
        OperationOrder order,
        Func<CancellationToken, Task<T>> work,
        Func<T, OperationOutcome> outcome,
        OperationProgress progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var (isBegun, isDone, result) = (false, false, default(T));
        try
        {
            return await RunAsync(order, locksApplication: false, BegunAsync, outcome, progress, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (isDone)
        {
            Notice?.Invoke(error.Message);
            return result!;
        }
        catch (HoldfastException error) when (!isBegun && error.Kind != FailureKind.Interrupted)
        {
            Notice?.Invoke($"this cannot be entered into the journal: {error.Message}");
            return await work(cancellationToken).ConfigureAwait(false);
        }

        async Task<T> BegunAsync(OperationContext context, CancellationToken token)
        {
            isBegun = true;
            result = await work(token).ConfigureAwait(false);
            isDone = true;
            return result;
        }
    }

    /// <summary>Enters of an interrupted operation that leaves applications alone that its work was done again.</summary>
    public void EnterRepeated(Operation operation) => Enter(operation, OperationState.Repeated);

    /// <summary>Enters of an interrupted operation that leaves applications alone that nobody wants it any more.</summary>
    /// <returns>What has become of the application, in a sentence.</returns>
    /// <exception cref="HoldfastException">Usage: it was not interrupted. Damaged: it has left something of which this program does not know how to put it back.</exception>
    public string PutAway(Operation operation)
    {
        operation.RequireUnfinished();
        if (operation.Undo is not null)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"operation {operation.Number} has left something to be put back, and this version does not know how",
                $"undo it with the version that has begun it; or put it right by hand, then `holdfast operations forget {operation.Number}`");
        }

        Enter(operation, OperationState.Undone);
        return "nothing was changed, so there is nothing to undo";
    }

    private void Enter(Operation operation, OperationState became)
    {
        using var state = LocalState.Open(StateFolder);
        new OperationJournal(state).MarkInterrupted(operation.Number, became);
    }
}

/// <summary>What an operation knows of itself and of others.</summary>
/// <param name="Running">Itself.</param>
/// <param name="Unsettled">One that left the application between two states; null when none did.</param>
public sealed record OperationContext(RunningOperation Running, Operation? Unsettled);
