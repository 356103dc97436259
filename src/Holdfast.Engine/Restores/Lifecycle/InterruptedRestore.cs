using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>A restore whose process ended before it did, or that could not put things back: brings it to one of its two ends.</summary>
public sealed class InterruptedRestore
{
    private const int ShortId = 8;

    private readonly ExchangeDocument? _document;
    private readonly Operation _operation;
    private readonly ServiceLifecycle? _service;
    private readonly TimeProvider _clock;

    /// <param name="operation">As the journal knows it.</param>
    /// <param name="service">Takes the application down and up again; null when that is not Holdfast's.</param>
    /// <param name="clock">For the times.</param>
    public InterruptedRestore(Operation operation, ServiceLifecycle? service, TimeProvider clock)
    {
        (_operation, _service, _clock) = (operation, service, clock);
        _document = operation.Undo is { } undo ? ExchangeDocument.Parse(undo) : null;
    }

    /// <summary>
    /// What takes the application down and up again, as it was before the restore; else as the manifest says now; null when that is not Holdfast's.
    /// </summary>
    /// <param name="operation">As the journal knows it.</param>
    /// <param name="manifest">Of the application; null for none.</param>
    /// <param name="stateFolder">Where the output of its programs goes.</param>
    /// <param name="clock">For timeouts.</param>
    internal static ServiceLifecycle? ServiceOf(Operation operation, LoadedManifest? manifest, FilePath stateFolder, TimeProvider clock)
    {
        // A restore of a single database leaves the application as it is.
        if (operation.Kind == OperationKind.DatabaseRestore) return null;
        var logs = RestoreSurroundings.ServiceLogsIn(stateFolder);
        if (operation.Undo is { } undo && ExchangeDocument.Parse(undo).Declared is { } declared)
            return new ServiceLifecycle(declared.Declaration, ServiceSurroundings.Of(declared.Root, declared.Name, logs, clock));
        return manifest is null ? null : ServiceLifecycle.For(manifest.Application, logs, clock);
    }

    /// <summary>How the application was before the first of some restores that could not have it run again; null for none.</summary>
    internal static ServiceSnapshot? FoundBefore(IReadOnlyList<Operation> standstill) =>
        standstill is [{ Undo: { } undo }, ..] ? ExchangeDocument.TryParse(undo)?.Service : null;

    /// <summary>An interrupted restore of the application, or of files in the same folders, whatever application they were taken for.</summary>
    internal static Operation? FindAt(OperationJournal journal, ApplicationKey application, RestorePlan plan)
    {
        if (journal.Unsettled(application.Place) is { } own) return own;
        var folders = plan.Items.Select(item => item.Destination.Parent).Concat(plan.Removed.Concat(plan.RemovedFolders).Select(path => path.Parent)).OfType<FilePath>().ToHashSet();
        return journal.Unfinished(null).FirstOrDefault(operation => operation is { NeedsSettling: true, IsStandstill: false } && (operation.Undo is { } undo && ExchangeDocument.TryParse(undo) is { } document
            ? document.Folders.Any(folders.Contains)
            : MayConcern(operation, plan)));
    }

    // One that cannot be read concerns everybody, unless it is of an application in whose folder nothing is replaced.
    private static bool MayConcern(Operation operation, RestorePlan plan) =>
        ApplicationKey.FolderOf(operation) is not { } other
        || plan.Items.Where(item => !item.IsDirectory).Select(item => item.Destination).Concat(plan.Removed).Any(path => path.IsUnder(other));

    /// <summary>How databases are checked in their place; tests make it fail.</summary>
    internal DatabaseVerification Verification { get; init; } = new();

    /// <summary>Nothing of the application was changed: to resume is to do all of it again.</summary>
    public bool MustStartOver => _document is null or { Phase: ExchangePhase.Staged };

    /// <summary>It was being put back when it ended, and some of what was staged is gone: to resume is to put all of it back and to do it again.</summary>
    public async Task<bool> IsHalfPutBackAsync() =>
        _document is { Phase: ExchangePhase.Exchanging or ExchangePhase.Exchanged } document
        && (document.Items.Any(item => item.IsLost) || await new ServedExchange(document.Served, _clock, new RestoreLog()).IsLostAsync().ConfigureAwait(false));

    /// <summary>How the application was found before it was stopped; null when it was not.</summary>
    public ServiceSnapshot? Found => _document?.Service;

    /// <summary>
    /// What another restore had left that this one went over. Its own marker may be on the disk by now in place of that, although nothing was exchanged yet:
    /// who begins anew must still know what comes back if he fails.
    /// </summary>
    internal (FilePath Path, RestoreMarker Marker)? WentOver => _document is { Marker: { } path, MarkedBefore: { } before } ? (path, before) : null;

    /// <summary>Brings back the state before the restore, but for what is gone, and has the application run with it.</summary>
    /// <exception cref="HoldfastException">Usage: it has come to its end already. Or not everything is back yet.</exception>
    public async Task<UndoResult> UndoAsync(RunningOperation running, OperationProgress progress)
    {
        if (_document is null) return new UndoResult("nothing was changed, so there is nothing to undo", IsWhole: true);
        if (_document.Phase == ExchangePhase.Accepted)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"operation {_operation.Number} had come to its end: the application works with the restored state",
                $"`holdfast operations resume {_operation.Number}` removes what is left of the old one; `holdfast rollback` then goes back to it");
        }

        var log = new RestoreLog();
        using var exchange = ApplicationExchange.Of(_document, _clock, log);
        var downtime = await AdoptAsync(_document, exchange, running, progress, log).ConfigureAwait(false);
        var outcome = await downtime.PutBackAsync().ConfigureAwait(false);
        var isWhole = !log.Problems.Any();
        var safety = isWhole || _document.Safety is not { } id ? [] : new[] { $"what is gone is in the safety snapshot {id[..Math.Min(id.Length, ShortId)]}: `holdfast restore` brings it from there" };
        return new UndoResult(string.Join("; ", log.Notices.Prepend(outcome).Concat(safety)), isWhole);
    }

    /// <summary>Puts everything back, and leaves the application standing still: to be done before the restore is begun anew.</summary>
    /// <returns>What of someone else's was set aside for that, as parts of a sentence.</returns>
    /// <exception cref="HoldfastException">Not everything is back; the journal still knows what is to be put back.</exception>
    public async Task<IReadOnlyList<string>> ReturnAsync(RunningOperation running, OperationProgress progress)
    {
        var log = new RestoreLog();
        using var exchange = ApplicationExchange.Of(_document!, _clock, log);
        var downtime = await AdoptAsync(_document!, exchange, running, progress, log).ConfigureAwait(false);
        var remarks = await downtime.ReturnAsync().ConfigureAwait(false);
        return [.. remarks, .. log.Notices];
    }

    /// <summary>Goes on with an exchange that was under way.</summary>
    /// <exception cref="HoldfastException">It failed; what has become of the application is in the message.</exception>
    public Task<ApplicationRestoreResult> FinishAsync(RunningOperation running, RestoreRequest request, OperationProgress progress) =>
        FinishAsync(running, request.Snapshot, request.Start, progress);

    /// <summary>The same of one database of a server that was restored by itself.</summary>
    /// <exception cref="HoldfastException">It failed; what has become of the database is in the message.</exception>
    internal Task<ApplicationRestoreResult> FinishDatabaseAsync(RunningOperation running, OperationProgress progress) =>
        FinishAsync(running, string.Empty, start: false, progress);

    private async Task<ApplicationRestoreResult> FinishAsync(RunningOperation running, string snapshot, bool start, OperationProgress progress)
    {
        var started = _clock.GetTimestamp();
        var document = _document!;
        var log = new RestoreLog();
        log.Resume(document.Problems, document.FoundDamage);
        using var exchange = ApplicationExchange.Of(document, _clock, log, isResumed: true);
        var downtime = new Downtime(_service, start, running, _clock, progress, log.Notice) { Discard = () => TidyAsync(document, log) };
        downtime.Adopt(document, exchange);
        var finish = new RestoreFinish(exchange, Verification, downtime, progress);
        string? service = null;
        if (document.Phase == ExchangePhase.Accepted) await finish.AcceptAsync(document).ConfigureAwait(false);
        else service = await ExchangeAsync(document, exchange, downtime, finish, progress, log).ConfigureAwait(false);
        await TidyAsync(document, log).ConfigureAwait(false);
        return Result(snapshot, document, log, service, _clock.GetElapsedTime(started)) with
        {
            DownSeconds = downtime.Seconds,
            Kept = [.. RestoreFinish.KeptOf(document), .. finish.Written],
        };
    }

    private async Task<string?> ExchangeAsync(
        ExchangeDocument document, ApplicationExchange exchange, Downtime downtime, RestoreFinish finish, OperationProgress progress, RestoreLog log)
    {
        try
        {
            // The machine may have started it again.
            await downtime.BeginAsync(document.Service, CancellationToken.None).ConfigureAwait(false);
            progress.Begin(RestoreSteps.Exchange);
            await exchange.ForwardAsync().ConfigureAwait(false);
            return await finish.CompleteAsync(document).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Whatever it was: the application must not stay as it is.
            var outcome = await downtime.EndWithOldStateAsync().ConfigureAwait(false);
            if (!downtime.IsUnsettled) await TidyAsync(document, log).ConfigureAwait(false);
            throw RestoreFailure.With(error, outcome);
        }
    }

    private async Task<Downtime> AdoptAsync(ExchangeDocument document, ApplicationExchange exchange, RunningOperation running, OperationProgress progress, RestoreLog log)
    {
        var downtime = new Downtime(_service, start: false, running, _clock, progress, log.Notice) { Discard = () => TidyAsync(document, log) };
        downtime.Adopt(document, exchange);
        await RefuseUsersAsync(document).ConfigureAwait(false);
        return downtime;
    }

    // Where nobody is stopped, someone who uses the new state by now would lose what he wrote.
    private async Task RefuseUsersAsync(ExchangeDocument document)
    {
        if (_service is null)
            DatabaseUsers.Refuse(document.Items.Where(item => item.Kind == ExchangeKind.Database).Select(item => item.Destination), CancellationToken.None);
        if (document is { Service: null, Phase: not ExchangePhase.Staged })
            await new ServedExchange(document.Served, _clock, new RestoreLog()).RefuseUsersAsync().ConfigureAwait(false);
    }

    private async Task TidyAsync(ExchangeDocument document, RestoreLog log)
    {
        Leftovers.Clear(document.Folders, new RestoreLog());
        foreach (var folder in document.Made.Reverse()) KeptFolder.RemoveIfEmpty(folder);
        await new ServedExchange(document.Served, _clock, log).DiscardAsync().ConfigureAwait(false);
    }

    private static ApplicationRestoreResult Result(
        string snapshot, ExchangeDocument document, RestoreLog log, string? service, TimeSpan duration)
    {
        var placed = document.Items.Where(item => item.New is not null).ToList();
        var told = log.Result(duration);
        return new ApplicationRestoreResult
        {
            Snapshot = snapshot,
            Safety = document.Safety,
            Created = [.. placed.Where(item => item.Old is null).Select(item => item.Destination)],
            Files = placed.Count(item => item.Kind == ExchangeKind.File),
            CreatedDatabases = [.. document.Served.Where(item => item is { Old: null, New: not null }).Select(item => item.Name)],
            Databases = placed.Count(item => item.Kind == ExchangeKind.Database) + document.Served.Count(item => item.New is not null),
            Bytes = placed.Sum(item => (long)(FileSystem.TryStatus(item.Destination, followLinks: false)?.Size ?? 0)),
            Removed = document.Items.Where(item => item is { New: null, Kind: ExchangeKind.File }).Sum(item => 1 + (item.Held?.Count ?? 0)) + document.Served.Count(item => item.New is null),
            Seconds = Math.Round(duration.TotalSeconds, 3),
            Service = service,
            FoundDamage = told.FoundDamage,
            Problems = told.Problems,
            Notices = told.Notices,
        };
    }
}

/// <summary>What has become of an application whose restore was undone.</summary>
/// <param name="Outcome">A sentence.</param>
/// <param name="IsWhole">False when some of the old state is gone: the sentence names it.</param>
public sealed record UndoResult(string Outcome, bool IsWhole);
