using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.State;
using Holdfast.Engine.Supervision;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// One restore of an application in place as an operation: planned, locked, entered into the journal, executed; and, after an interruption,
/// finished or undone.
/// </summary>
public sealed class RestoreJob
{
    private readonly Repository _repository;
    private readonly RestoreSurroundings _surroundings;
    private readonly StoredSnapshot _snapshot;
    private readonly TimeProvider _clock;
    private readonly OperationProgress _progress;

    /// <param name="repository">Where the snapshot is, and where the present state is saved.</param>
    /// <param name="surroundings">Where and for whom.</param>
    /// <param name="snapshot">What is restored.</param>
    /// <param name="clock">For times and timeouts.</param>
    /// <param name="progress">Shows the steps.</param>
    public RestoreJob(Repository repository, RestoreSurroundings surroundings, StoredSnapshot snapshot, TimeProvider clock, OperationProgress progress)
    {
        (_repository, _snapshot, _clock, _progress) = (repository, snapshot, clock, progress);
        _surroundings = surroundings.For(snapshot.Snapshot);
        Service = _surroundings.Service(clock);
    }

    /// <summary>What takes the application down and up again; null when the manifest names nothing.</summary>
    public ServiceLifecycle? Service { get; }

    /// <summary>What is locked and under which the journal knows the operation.</summary>
    public ApplicationKey Application => _surroundings.Application;

    /// <summary>Told when there is somebody to wait for.</summary>
    public Action<string>? Waiting { get; init; }

    /// <summary>How databases are checked; tests make it fail.</summary>
    internal DatabaseVerification Verification { get; init; } = new();

    /// <summary>What the restore would do; changes nothing.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="only">Names of parts: see <see cref="PartSelection"/>.</param>
    /// <param name="cancellationToken">Ends the planning.</param>
    /// <exception cref="HoldfastException">NotFound: a path or part is not in the snapshot. Damaged, Locked.</exception>
    public async Task<ApplicationRestorePlan> PlanAsync(RestoreRequest request, IReadOnlyList<string> only, CancellationToken cancellationToken)
    {
        _progress.Begin("reading the snapshot");
        var notices = new List<string>();
        var (options, plan) = await new LockedReading(_repository, _surroundings.Identity, _clock, notices.Add).RunAsync(
            async (reader, token) =>
            {
                var made = await WithPartsAsync(reader, Options(request), only, _surroundings.Manifest?.Application, token).ConfigureAwait(false);
                return (made, await new RestorePlanner(reader, made).PlanAsync(token).ConfigureAwait(false));
            },
            cancellationToken).ConfigureAwait(false);
        var marked = new MarkedPlaces(_surroundings, _clock);
        var left = marked.Find(plan)?.Marker;
        var remarks = new RestoreRemarks(_surroundings, _snapshot, Service);
        var service = Service is null ? null : await Service.ObserveAsync(cancellationToken).ConfigureAwait(false);
        return new ApplicationRestorePlan
        {
            Snapshot = _snapshot,
            Restore = plan with { Notices = [.. plan.Notices, .. notices, .. remarks.On(request, plan, left)] },
            From = remarks.Origin(plan.Record),
            Interrupted = left is null || request.OverInterrupted ? null : marked.Describe(left),
            Unsaved = NowhereToSave.Refusal(_surroundings, request, plan),
            Mixture = MixedSnapshot.Refusal(_snapshot, request, plan) is { } refusal ? $"{refusal.Message}; {refusal.Hint}" : null,
            Request = request with
            {
                Include = [.. options.Include, .. options.Parts],
                IncludeIsExact = options.Parts.Count == 0,
                Repository = _surroundings.Repository,
                Manifest = _surroundings.Manifest?.Path,
                Root = _surroundings.Root,
            },
            Service = service,
            ServiceSubject = Service?.Subject,
        };
    }

    /// <summary>Options of a restore with the parts that some names stand for.</summary>
    /// <exception cref="HoldfastException">NotFound: a name stands for nothing. Damaged, Locked.</exception>
    public static Task<RestoreOptions> WithPartsAsync(
        Repository repository,
        RestoreOptions options,
        IReadOnlyList<string> only,
        ApplicationManifest? application,
        TimeProvider clock,
        CancellationToken cancellationToken) =>
        new LockedReading(repository, options.Lock ? options.Identity : null, clock, static _ => { }).RunAsync(
            (reader, token) => WithPartsAsync(reader, options, only, application, token), cancellationToken);

    private static async Task<RestoreOptions> WithPartsAsync(
        BlobReader reader, RestoreOptions options, IReadOnlyList<string> only, ApplicationManifest? application, CancellationToken cancellationToken)
    {
        if (only.Count == 0) return options;
        var record = await new SnapshotRecordReader(reader).ReadAsync(options.Snapshot.Snapshot, cancellationToken).ConfigureAwait(false);
        return options with { Parts = new PartSelection(record, application).Resolve(only) };
    }

    /// <summary>Does what a plan says.</summary>
    /// <exception cref="HoldfastException">
    /// Locked: another operation is at the application. Busy: an interrupted one must be settled first. Or it failed, and everything is as
    /// before, unless the message says otherwise.
    /// </exception>
    public async Task<(long Operation, ApplicationRestoreResult Result)> ExecuteAsync(ApplicationRestorePlan plan, CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(_surroundings.StateFolder);
        var journal = new OperationJournal(state);
        using var held = await LockAsync(journal, cancellationToken).ConfigureAwait(false);
        if (InterruptedRestore.FindAt(journal, Application, plan.Restore) is { } unsettled) throw UnsettledOperation.Refusal(unsettled);
        if (NowhereToSave.Refusal(_surroundings, plan.Request, plan.Restore) is { } unsaved) throw unsaved;
        if (MixedSnapshot.Refusal(_snapshot, plan.Request, plan.Restore) is { } refusal) throw refusal;
        var left = LeftBefore(plan.Restore, own: null, plan.Request.OverInterrupted);
        var request = plan.Request;
        var kind = request.RollsBack is null ? OperationKind.Restore : OperationKind.Rollback;
        await using var running = RunningOperation.Begin(
            state,
            Application,
            new OperationRequest(kind, Title(request), request.Serialize(), _surroundings.Identity.UserName, _surroundings.Program),
            _progress,
            _clock);
        var standstill = Service is null ? [] : journal.Unfinished(Application.Place).Where(operation => operation.IsStandstill).ToList();
        var result = await running.RunAsync(
            token => ExecuteAsync(running, plan, InterruptedRestore.FoundBefore(standstill), left, token, standstill), Outcome, cancellationToken).ConfigureAwait(false);
        if (request.RollsBack is { } rolledBack) journal.Mark(rolledBack, OperationState.RolledBack);
        return (running.Number, running.Trouble is { } trouble ? result with { Notices = [.. result.Notices, trouble] } : result);
    }

    /// <summary>Goes on with an interrupted restore until it is done.</summary>
    /// <exception cref="HoldfastException">As <see cref="ExecuteAsync"/>.</exception>
    public async Task<ApplicationRestoreResult> ResumeAsync(long number, CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(_surroundings.StateFolder);
        var journal = new OperationJournal(state);
        using var held = await LockAsync(journal, cancellationToken).ConfigureAwait(false);
        var operation = journal.Get(number);
        operation.RequireUnfinished();
        UnsettledOperation.RequireReadable(operation);
        var interrupted = new InterruptedRestore(operation, InterruptedRestore.ServiceOf(operation, _surroundings.Manifest, _surroundings.StateFolder, _clock), _clock) { Verification = Verification };
        var request = RestoreRequest.Parse(operation.Request);
        if (interrupted.MustStartOver) Rollback.RefuseOutdated(journal, operation);
        // Before it counts as running again: what cannot be planned stays interrupted.
        var plan = interrupted.MustStartOver ? await PlanAsync(request, [], cancellationToken).ConfigureAwait(false) : null;
        var left = plan is null ? null : LeftBefore(plan.Restore, operation.Number, request.OverInterrupted);
        await using var running = RunningOperation.Resume(state, operation, _progress, _clock);
        ApplicationRestoreResult result;
        if (plan is not null)
        {
            result = await RunAsync(running, plan, interrupted.Found, left, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            result = await running.RunAsync(
                token => interrupted.IsHalfPutBack
                    ? PutBackAndStartOverAsync(interrupted, running, request, token)
                    : interrupted.FinishAsync(running, request, _progress),
                Outcome,
                cancellationToken).ConfigureAwait(false);
        }

        if (request.RollsBack is { } rolledBack) journal.Mark(rolledBack, OperationState.RolledBack);
        return result;
    }

    private async Task<ApplicationRestoreResult> PutBackAndStartOverAsync(
        InterruptedRestore interrupted, RunningOperation running, RestoreRequest request, CancellationToken cancellationToken)
    {
        var remarks = await interrupted.ReturnAsync(running, _progress).ConfigureAwait(false);
        var plan = await PlanAsync(request, [], cancellationToken).ConfigureAwait(false);
        var left = LeftBefore(plan.Restore, running.Number, request.OverInterrupted);
        var result = await ExecuteAsync(running, plan, interrupted.Found, left, cancellationToken).ConfigureAwait(false);
        return result with { Notices = [.. result.Notices, .. remarks] };
    }

    /// <summary>What an interrupted restore, that the journal does not know, has left for this one to go over; null when there is none.</summary>
    /// <exception cref="HoldfastException">Locked, Busy: as of <see cref="MarkedPlaces.Refuse"/>.</exception>
    private (FilePath Path, RestoreMarker Marker)? LeftBefore(RestorePlan plan, long? own, bool mayGoOver)
    {
        var marked = new MarkedPlaces(_surroundings, _clock);
        if (marked.Find(plan) is not { } left) return null;
        if (left.Marker.Operation == own && left.Marker.IsOf(_surroundings.StateFolder, _surroundings.Identity.HostName)) return null;
        marked.Refuse(left.Marker, mayGoOver);
        return left;
    }

    private Task<ApplicationRestoreResult> RunAsync(
        RunningOperation running,
        ApplicationRestorePlan plan,
        ServiceSnapshot? found,
        (FilePath Path, RestoreMarker Marker)? left,
        CancellationToken cancellationToken) =>
        running.RunAsync(token => ExecuteAsync(running, plan, found, left, token), Outcome, cancellationToken);

    private Task<ApplicationRestoreResult> ExecuteAsync(
        RunningOperation running,
        ApplicationRestorePlan plan,
        ServiceSnapshot? found,
        (FilePath Path, RestoreMarker Marker)? left,
        CancellationToken cancellationToken,
        IReadOnlyList<Operation>? standstill = null)
    {
        var options = new ApplicationRestoreOptions
        {
            Restore = Options(plan.Request),
            Service = Service,
            Declared = _surroundings.Manifest is { Application: { Service: { } service } application }
                ? new DeclaredService(service, FilePath.From(application.Root), application.Application)
                : null,
            Safety = plan.Request.Safety ? Safety(left?.Marker) : null,
            Marker = (left?.Path ?? Application.Marker) is { } path ? new MarkedRestore(path, Marker(running.Number, plan.Request), left?.Marker) : null,
            Start = plan.Request.Start,
            TakesOver = standstill ?? [],
        };
        var restore = new ApplicationRestore(_repository, options, running, _clock, _progress) { Verification = Verification };
        return restore.ExecuteAsync(plan.Restore, found, cancellationToken);
    }

    private RestoreOptions Options(RestoreRequest request) => new()
    {
        Snapshot = _snapshot,
        // A resumed one names parts by their paths, of which some may be missing.
        Include = request.IncludeIsExact ? request.Include : [],
        Parts = request.IncludeIsExact ? [] : request.Include,
        Remove = request.Remove,
        Delete = request.Delete,
        Excluded = _surroundings.Manifest?.Application.Exclude,
        PidFile = _surroundings.Manifest?.Application.Service?.PidFile is { } file ? FilePath.From(file) : null,
        OnlyRemoves = request.OnlyRemoves,
        AcceptsContent = request.AcceptsContent,
        Place = _surroundings.Place,
        Forbidden = _surroundings.Own,
        Identity = _surroundings.Identity,
    };

    private RestoreMarker Marker(long number, RestoreRequest request) => new()
    {
        Operation = number,
        Title = Title(request),
        User = _surroundings.Identity.UserName,
        Host = _surroundings.Identity.HostName,
        Since = _clock.GetLocalNow(),
        StateFolder = _surroundings.StateFolder.ToString(),
        Snapshot = request.Snapshot,
    };

    private BackupOptions Safety(RestoreMarker? left) => new()
    {
        Targets = [],
        KnownProblems = left is null ? [] : [left.Problem],
        Own = _surroundings.Own,
        Application = _surroundings.Manifest?.Application.Application,
        Manifest = _surroundings.Manifest?.Path,
        Identity = _surroundings.Identity,
        Program = _surroundings.Program,
    };

    private Task<ApplicationLock> LockAsync(OperationJournal journal, CancellationToken cancellationToken) => ApplicationLock.TakeAsync(
        Application,
        new ApplicationLockOptions(IsShared: false, _surroundings.Wait, _surroundings.StateFolder, Waiting),
        journal,
        _clock,
        cancellationToken);

    private string Title(RestoreRequest request)
    {
        var time = HumanFormat.Time(_snapshot.Snapshot.Time.ToDateTimeOffset(), _clock.LocalTimeZone);
        var part = request.Include.Count > 0 ? "a part of " : string.Empty;
        return request.RollsBack is { } number
            ? $"roll back operation {number} to snapshot {_snapshot.Id.Short} of {time}"
            : $"restore {part}snapshot {_snapshot.Id.Short} of {time}";
    }

    private static OperationOutcome Outcome(ApplicationRestoreResult result) =>
        new(result.IsPartial ? OperationState.DoneInPart : OperationState.Done) { Json = result.Serialize(), Settles = true };
}
