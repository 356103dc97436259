using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>
/// An operation of this process: its steps and how far they are go to the journal while it runs, so that another process can show them, and
/// so that a killed one can be told from one that ended. Thread-safe.
/// </summary>
public sealed class RunningOperation : IAsyncDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly OperationJournal _journal;
    private readonly OperationProgress _progress;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watch;
    private OperationStep? _step;
    private int _position;
    private string? _undo;
    private bool _ended;

    private RunningOperation(OperationJournal journal, long number, int position, string? undo, OperationProgress progress, TimeProvider clock)
    {
        (_journal, Number, _position, _undo, _progress, _clock) = (journal, number, position, undo, progress, clock);
        progress.StepBegins = BeginStep;
        progress.StepEnds = EndStep;
        _watch = WatchAsync(_stop.Token);
    }

    /// <summary>What a person names it by.</summary>
    public long Number { get; }

    /// <summary>Where the journal is.</summary>
    public FilePath StateFolder => _journal.StateFolder;

    /// <summary>Enters an operation into the journal.</summary>
    public static RunningOperation Begin(
        LocalState state, ApplicationKey application, OperationRequest request, OperationProgress progress, TimeProvider clock)
    {
        var journal = new OperationJournal(state);
        return new RunningOperation(journal, journal.Begin(application, request, clock.GetLocalNow()), 0, null, progress, clock);
    }

    /// <summary>Goes on with one that was interrupted or has failed to put things back.</summary>
    public static RunningOperation Resume(LocalState state, Operation operation, OperationProgress progress, TimeProvider clock)
    {
        var journal = new OperationJournal(state);
        journal.Adopt(operation.Number);
        return new RunningOperation(journal, operation.Number, operation.Steps.Count, operation.Undo, progress, clock);
    }

    /// <summary>Does the work and enters how it ended.</summary>
    /// <param name="work">Its steps begin with <see cref="OperationProgress.Begin"/>.</param>
    /// <param name="outcome">What the result means.</param>
    /// <param name="cancellationToken">Passed to the work.</param>
    public async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> work, Func<T, OperationOutcome> outcome, CancellationToken cancellationToken)
    {
        T result;
        try
        {
            result = await work(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await StopWatchAsync().ConfigureAwait(false);
            if (TryEnd(Failure(error, cancellationToken)) is not { } trouble) throw;
            throw new HoldfastException(
                (error as HoldfastException)?.Kind ?? FailureKind.Failed,
                $"{error.Message}; and that could not be entered into the journal: {trouble.Message}",
                (error as HoldfastException)?.Hint,
                error);
        }

        await StopWatchAsync().ConfigureAwait(false);
        if (TryEnd(outcome(result)) is not { } failed) return result;
        throw new HoldfastException(
            failed.Kind, $"it was done, but its end could not be entered into the journal: {failed.Message}", failed.Hint, failed);
    }

    /// <summary>Why a step could not be entered into the journal, one sentence; null when all were. The work goes on without.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Enters that another operation is settled now.</summary>
    public void SettleOther(Operation other)
    {
        lock (_gate) _journal.End(other.Number, new OperationOutcome(OperationState.Undone), undo: null, _clock.GetLocalNow());
    }

    /// <summary>Remembers what must be put back should the process end here; durable when this returns.</summary>
    /// <param name="undo">The operation's own document; null when nothing needs to be put back any more.</param>
    public void SaveUndo(string? undo)
    {
        lock (_gate)
        {
            _journal.SaveUndo(Number, undo);
            _undo = undo;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _progress.StepBegins = null;
        _progress.StepEnds = null;
        await StopWatchAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void BeginStep(string name)
    {
        lock (_gate)
        {
            if (_ended) return;
            _step = new OperationStep(name, _clock.GetLocalNow(), null, 0, _progress.TotalBytes);
            _position++;
            SaveStep(ended: false);
        }
    }

    private void EndStep()
    {
        lock (_gate)
        {
            if (_ended) return;
            SaveStep(ended: true);
            _step = null;
        }
    }

    private static OperationOutcome Failure(Exception error, CancellationToken cancellationToken)
    {
        var isStopped = error is HoldfastException { Kind: FailureKind.Interrupted }
            || (error is OperationCanceledException && cancellationToken.IsCancellationRequested);
        return new OperationOutcome(isStopped ? OperationState.Cancelled : OperationState.Failed)
        {
            Error = error is HoldfastException ? error.Message : isStopped ? "it was asked to stop" : error.GetType().Name,
            Hint = (error as HoldfastException)?.Hint,
        };
    }

    // What went wrong with the work is told first, and what went wrong with the journal after it.
    private HoldfastException? TryEnd(OperationOutcome outcome)
    {
        try
        {
            lock (_gate)
            {
                SaveStep(ended: true);
                _ended = true;
                _journal.End(Number, outcome, outcome.Settles ? null : _undo, _clock.GetLocalNow());
            }

            return null;
        }
        catch (HoldfastException error)
        {
            return error;
        }
    }

    private void SaveStep(bool ended)
    {
        if (_step is null) return;
        _step = _step with { Bytes = _progress.Bytes, TotalBytes = _progress.TotalBytes, Ended = ended ? _clock.GetLocalNow() : null };
        try
        {
            _journal.AddStep(Number, _position, _step);
        }
        catch (HoldfastException error)
        {
            // Steps are there to be looked at. That an application stands still while the disk of the journal is full must not end its restore.
            Trouble ??= $"not every step could be entered into the journal: {error.Message}";
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ProgressInterval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                lock (_gate)
                    if (!_ended) SaveStep(ended: false);
            }
        }
        catch (OperationCanceledException)
        {
            // The operation is at its end.
        }
    }

    private async Task StopWatchAsync()
    {
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
    }
}
