using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.State;
using Holdfast.Engine.Supervision;
using Holdfast.Restic;
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
    private readonly RestoreTerms _terms;

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
        _terms = new RestoreTerms(_surroundings, snapshot, clock);
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
        var options = _terms.Options(request) with { Only = only, Manifest = _surroundings.Manifest?.Application };
        var plan = await new LockedReading(_repository, _surroundings.Identity, _clock, notices.Add)
            .RunAsync((reader, token) => new RestorePlanner(reader, options).PlanAsync(token), cancellationToken).ConfigureAwait(false);
        var served = new ServedPlanning(_surroundings.Manifest, _snapshot, request, _clock);
        var (databases, troubles) = await served.PlanAsync(plan, cancellationToken).ConfigureAwait(false);
        var marked = new MarkedPlaces(_surroundings, _clock);
        var left = marked.Find(plan)?.Marker;
        var remarks = new RestoreRemarks(_surroundings, _snapshot, Service);
        var service = Service is null ? null : await Service.ObserveAsync(cancellationToken).ConfigureAwait(false);
        return new ApplicationRestorePlan
        {
            Snapshot = _snapshot,
            Restore = plan with { Notices = [.. plan.Notices, .. notices, .. served.Notices(plan), .. remarks.On(request, plan, left)] },
            Served = databases,
            RemovedDatabases = [.. served.Targets(plan).Where(target => target.Item is null).Select(target => target.Name)],
            ServedObstacles = troubles,
            From = remarks.Origin(plan.Record),
            Interrupted = left is null || request.OverInterrupted ? null : marked.Describe(left),
            Unsaved = NowhereToSave.Refusal(_surroundings, request, plan),
            Mixture = MixedSnapshot.Refusal(_snapshot, request, plan) is { } refusal ? $"{refusal.Message}; {refusal.Hint}" : null,
            Request = request with
            {
                Include = [.. options.Include, .. plan.Parts],
                IncludeIsExact = plan.Parts.Count == 0,
                Repository = _surroundings.Repository,
                Manifest = _surroundings.Manifest?.Path,
                Root = _surroundings.Root,
            },
            Service = service,
            ServiceSubject = Service?.Subject,
        };
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
            new OperationRequest(kind, _terms.Title(request), request.Serialize(), _surroundings.Identity.UserName, _surroundings.Program),
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
        var left = plan is null ? null : LeftBefore(plan.Restore, (operation.Number, interrupted.WentOver), request.OverInterrupted);
        await using var running = RunningOperation.Resume(state, operation, _progress, _clock);
        ApplicationRestoreResult result;
        if (plan is not null)
        {
            result = await RunAsync(running, plan, interrupted.Found, left, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            result = await running.RunAsync(
                async token => await interrupted.IsHalfPutBackAsync().ConfigureAwait(false)
                    ? await PutBackAndStartOverAsync(interrupted, running, request, token).ConfigureAwait(false)
                    : await interrupted.FinishAsync(running, request, _progress).ConfigureAwait(false),
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
        var left = LeftBefore(plan.Restore, (running.Number, interrupted.WentOver), request.OverInterrupted);
        var result = await ExecuteAsync(running, plan, interrupted.Found, left, cancellationToken).ConfigureAwait(false);
        return result with { Notices = [.. result.Notices, .. remarks] };
    }

    /// <summary>What an interrupted restore, that the journal does not know, has left for this one to go over; null when there is none.</summary>
    /// <exception cref="HoldfastException">Locked, Busy: as of <see cref="MarkedPlaces.Refuse"/>.</exception>
    private (FilePath Path, RestoreMarker Marker)? LeftBefore(
        RestorePlan plan, (long Number, (FilePath Path, RestoreMarker Marker)? WentOver)? own, bool mayGoOver)
    {
        var marked = new MarkedPlaces(_surroundings, _clock);
        if (marked.Find(plan) is not { } left) return null;
        if (left.Marker.Operation == own?.Number && left.Marker.IsOf(_surroundings.StateFolder, _surroundings.Identity.HostName)) return own?.WentOver;
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
        var served = new ServedPlanning(_surroundings.Manifest, _snapshot, plan.Request, _clock);
        var options = new ApplicationRestoreOptions
        {
            Served = served.Targets(plan.Restore),
            PresentServed = plan.Request.Safety ? served.Present(plan.Restore) : [],
            EndsSessions = plan.Request.EndConnections,
            Restore = _terms.Options(plan.Request),
            Service = Service,
            Declared = _surroundings.Manifest is { Application: { Service: { } service } application }
                ? new DeclaredService(service, FilePath.From(application.Root), application.Application)
                : null,
            Safety = plan.Request.Safety ? _terms.Safety(left?.Marker) : null,
            Marker = (left?.Path ?? Application.Marker) is { } path ? new MarkedRestore(path, _terms.Marker(running.Number, plan.Request), left?.Marker) : null,
            Start = plan.Request.Start,
            TakesOver = standstill ?? [],
        };
        var restore = new ApplicationRestore(_repository, options, running, _clock, _progress) { Verification = Verification };
        return restore.ExecuteAsync(plan.Restore, found, cancellationToken);
    }

    private Task<ApplicationLock> LockAsync(OperationJournal journal, CancellationToken cancellationToken) => ApplicationLock.TakeAsync(
        Application,
        new ApplicationLockOptions(IsShared: false, _surroundings.Wait, _surroundings.StateFolder, Waiting),
        journal,
        _clock,
        cancellationToken);

    private static OperationOutcome Outcome(ApplicationRestoreResult result) =>
        new(result.IsPartial ? OperationState.DoneInPart : OperationState.Done) { Json = result.Serialize(), Settles = true };
}
