using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// The time between stopping the application and its running again, with the new state or with the old one. The journal knows before each
/// step what would have to be put back.
/// </summary>
internal sealed class Downtime(ServiceLifecycle? service, bool start, RunningOperation operation, TimeProvider clock, OperationProgress progress, Action<string> notice)
{
    private ApplicationExchange? _exchange;
    private bool _isStopped;
    private bool _isAdopted;
    private long _began;

    /// <summary>The application was or may have been stopped or changed.</summary>
    internal bool HasBegun => Document.Service is not null || Document.Phase != ExchangePhase.Staged;

    /// <summary>Some things are exchanged, and neither accepted nor put back yet: what was staged is still needed.</summary>
    internal bool IsUnsettled { get; private set; }

    /// <summary>What the journal knows.</summary>
    internal ExchangeDocument Document { get; private set; } = new() { Phase = ExchangePhase.Staged };

    /// <summary>How long the application stood still; null when it was not stopped.</summary>
    internal double? Seconds { get; private set; }

    /// <summary>Stops the application, if it is Holdfast's to stop, and makes sure of it.</summary>
    /// <param name="found">How an earlier attempt found it; null to look.</param>
    /// <param name="cancellationToken">Heeded before and after the stop: one that was begun is waited for, or the application ends when nobody looks any more.</param>
    internal async Task BeginAsync(ServiceSnapshot? found, CancellationToken cancellationToken)
    {
        if (service is null) return;
        progress.Begin(RestoreSteps.Stop);
        var before = found ?? await service.ObserveAsync(cancellationToken).ConfigureAwait(false);
        Save(Document with { Service = before });
        _began = clock.GetTimestamp();
        await service.StopAndConfirmAsync(before, CancellationToken.None).ConfigureAwait(false);
        _isStopped = true;
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>From here on there are things to be put back.</summary>
    /// <param name="document">What they are.</param>
    /// <param name="exchange">Puts them back.</param>
    /// <param name="marker">Tells everybody; null for nobody.</param>
    internal void Exchanging(ExchangeDocument document, ApplicationExchange exchange, RestoreMarker? marker)
    {
        if (marker is not null) Marker.Write(marker);
        Save(document);
        _exchange = exchange;
        IsUnsettled = true;
    }

    internal void Save(ExchangeDocument document)
    {
        operation.SaveUndo(document.Serialize());
        Document = document;
    }

    /// <summary>The application works with the restored state: nothing is put back any more, and only old things are still to be removed.</summary>
    internal void Accept(ExchangeDocument document)
    {
        Save(document with { Phase = ExchangePhase.Accepted });
        Marker.Remove();
    }

    /// <summary>Everything is in its place, and the old things are gone.</summary>
    internal void Complete() => IsUnsettled = false;

    /// <summary>Removes what was staged and is not in its place. Done before the journal forgets of it: who is killed in between can still be asked to go on.</summary>
    internal Func<Task> Discard { get; init; } = static () => Task.CompletedTask;

    /// <summary>Nothing is left to be put back.</summary>
    internal async Task SettleAsync()
    {
        await Discard().ConfigureAwait(false);
        // Not the other way round: the journal must not forget what a marker refers to.
        if (Document.Phase == ExchangePhase.Staged) Marker.PutBack();
        operation.SaveUndo(null);
        IsUnsettled = false;
    }

    /// <summary>Starts the application and makes sure that it works.</summary>
    /// <returns>What became of it; null when it is not Holdfast's.</returns>
    internal async Task<string?> EndWithNewStateAsync()
    {
        if (service is null || Document.Service is not { } before) return null;
        progress.Begin(RestoreSteps.Start);
        var wanted = start ? before with { WasRunning = true } : before;
        var started = await service.StartAndConfirmAsync(wanted, CancellationToken.None).ConfigureAwait(false);
        if (_began != 0 && started.Started) Seconds = Math.Round(clock.GetElapsedTime(_began).TotalSeconds, 3);
        return started.Detail;
    }

    /// <summary>Puts the old state back and has the application run with it again.</summary>
    /// <returns>What became of it, as a part of a sentence. Never throws: the first failure is what is told first.</returns>
    internal async Task<string> EndWithOldStateAsync()
    {
        try
        {
            return await PutBackAsync().ConfigureAwait(false);
        }
        catch (HoldfastException error) when (!IsUnsettled)
        {
            return error.Message;
        }
        catch (Exception error)
        {
            return $"and the old state is not back, or the application does not run with it: {error.Message}; "
                + $"when that is mended, run `holdfast operations undo {operation.Number}`";
        }
    }

    /// <exception cref="HoldfastException">Not everything is as before; the journal still knows what is to be put back.</exception>
    internal async Task<string> PutBackAsync()
    {
        if (Document.Phase == ExchangePhase.Accepted)
        {
            return $"the restored state stays, and the application works with it; `holdfast operations resume {operation.Number}` removes what is left of the old one";
        }

        IReadOnlyList<string> remarks = [];
        if (Document.Phase is ExchangePhase.Exchanging or ExchangePhase.Exchanged) remarks = await ReturnAsync().ConfigureAwait(false);
        if (service is null || Document.Service is not { } before)
        {
            await SettleAsync().ConfigureAwait(false);
            return Join("the old state is back", remarks);
        }

        progress.Begin(RestoreSteps.StartOld);
        try
        {
            var outcome = await StartOldAsync(service, before).ConfigureAwait(false);
            await SettleAsync().ConfigureAwait(false);
            return Join($"the old state is back: {outcome}", remarks);
        }
        catch (HoldfastException error)
        {
            // It may have been broken before: nothing more can be put back. But who settles this, or restores again, has to start it.
            if (Document.Standstill is null) Leave(Standstill.Broken, before with { Process = null });
            throw new HoldfastException(
                error.Kind,
                Join($"the old state is back, but {(Document.Standstill == Standstill.Stopping ? string.Empty : "the application does not work with it: ")}{error.Message}", remarks),
                error.Hint,
                error);
        }
    }

    private async Task<string> StartOldAsync(ServiceLifecycle service, ServiceSnapshot before)
    {
        var isKnown = _isStopped || !before.WasRunning || Document.Standstill == Standstill.Broken;
        Document = Document with { Standstill = null };
        var stop = isKnown ? LateStop.Ended : await service.WaitForLateStopAsync(before, _isAdopted, CancellationToken.None).ConfigureAwait(false);
        if (stop == LateStop.Running && !_isAdopted)
        {
            Leave(Standstill.Stopping, before);
            var which = before.Process is { } process ? $" (process {process.Id})" : string.Empty;
            throw new HoldfastException(
                FailureKind.Failed,
                $"{service.Subject}{which} was asked to stop and still runs: when it ends later, nobody starts it but `holdfast operations undo {operation.Number}`",
                hint: null);
        }

        // A process that has ended cannot be the one that is started, and one that goes on is the old one.
        var started = await service.StartAndConfirmAsync(before with { Process = null }, CancellationToken.None).ConfigureAwait(false);
        return stop switch
        {
            LateStop.Ended => started.Detail,
            LateStop.Staying => $"the application was not stopped and goes on{(started.Process is { } process ? $" as process {process.Id}" : string.Empty)}",
            _ => $"the application still runs{(started.Process is { } process ? $" as process {process.Id}" : string.Empty)}; if it was asked to stop, see that it stays",
        };
    }

    // Nothing is to be put back any more, but the journal must not forget that the application ran.
    private void Leave(Standstill why, ServiceSnapshot before)
    {
        Save(Document with { Phase = ExchangePhase.Staged, Items = [], Service = before, Standstill = why });
        Marker.PutBack();
        IsUnsettled = false;
    }

    private static string Join(string outcome, IReadOnlyList<string> remarks) => string.Join("; ", remarks.Prepend(outcome));

    /// <summary>Puts back what was exchanged. The application, if it is Holdfast's to stop, stands still then, and the journal knows it.</summary>
    /// <returns>As <see cref="ApplicationExchange.PutBackAsync"/>.</returns>
    /// <exception cref="HoldfastException">Not everything is as before; the journal still knows what is to be put back.</exception>
    internal async Task<IReadOnlyList<string>> ReturnAsync()
    {
        progress.Begin(RestoreSteps.PutBack);
        // It may have been started with the new state, or by someone else meanwhile.
        if (service is not null && Document.Service is { } stopped)
        {
            await service.StopAndConfirmAsync(stopped with { Process = null }, CancellationToken.None).ConfigureAwait(false);
            _isStopped = true;
        }

        var remarks = _exchange is null ? [] : await _exchange.PutBackAsync().ConfigureAwait(false);
        Save(Document with { Phase = ExchangePhase.Staged, Items = [] });
        Marker.PutBack();
        IsUnsettled = false;
        return remarks;
    }

    /// <summary>Goes on with what the journal knows of an interrupted restore.</summary>
    internal void Adopt(ExchangeDocument document, ApplicationExchange exchange)
    {
        (Document, _exchange, IsUnsettled, _isAdopted) = (document, exchange, document.Phase != ExchangePhase.Staged, true);
        Marker.Adopt();
    }

    private MarkerFile Marker => new(Document.Marker, operation.Number, operation.StateFolder, Document.MarkedBefore, notice);
}
