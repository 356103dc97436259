using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.Restores.Served;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Engine.Supervision;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// Restores an application in place (docs/design/restore.md): stage, prove, save the present state, stop, exchange, verify, start, ask whether
/// it is healthy, finish. When anything fails the old state is put back and the application runs with it again. What must be put back is in
/// the journal before anything is changed, so that also a killed restore can be finished or undone.
/// </summary>
public sealed class ApplicationRestore(
    Repository repository, ApplicationRestoreOptions options, RunningOperation operation, TimeProvider clock, OperationProgress progress)
{
    private readonly RestoreLog _log = new();

    /// <summary>How restored databases are checked; tests make it fail.</summary>
    internal DatabaseVerification Verification { get; init; } = new();

    /// <param name="plan">From a <see cref="RestorePlanner"/> with the same options.</param>
    /// <param name="found">How an earlier attempt found the application before stopping it; null for a first attempt.</param>
    /// <param name="cancellationToken">Heeded until the exchange begins; afterwards nothing stops it but a failure.</param>
    /// <exception cref="HoldfastException">It failed; everything is as before, unless the message says otherwise.</exception>
    public async Task<ApplicationRestoreResult> ExecuteAsync(RestorePlan plan, ServiceSnapshot? found, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        // Who is stopped in time need not be refused now.
        if (options.Service is null) DatabaseUsers.Refuse([.. plan.Databases.Select(item => item.Destination), .. plan.Removed], cancellationToken);
        foreach (var problem in plan.Problems) _log.Damage(problem);
        foreach (var notice in plan.Notices) _log.Notice(notice);
        InPlaceRestorer? restorer = null;
        await using var served = new ServedStaging(options.Served, options.Restore.Snapshot, options.EndsSessions, _log, clock, progress);
        var downtime = new Downtime(options.Service, options.Start, operation, clock, progress, _log.Notice)
        {
            Discard = () =>
            {
                restorer?.Discard();
                return served.DiscardAsync();
            },
        };
        try
        {
            downtime.Save(downtime.Document with
            {
                Service = found,
                Declared = options.Declared,
                EndsSessions = options.EndsSessions,
                Folders = [.. plan.Items.Where(item => !item.IsDirectory).Select(item => item.Destination.Parent!).Distinct()],
                Marker = options.Marker?.Path,
                MarkedBefore = options.Marker?.Before,
                Made = [.. plan.Items.Where(item => item.IsDirectory && !FileSystem.Exists(item.Destination)).Select(item => item.Destination)],
            });
            foreach (var earlier in options.TakesOver) operation.SettleOther(earlier);
            if (options.Served.Count > 0) downtime.Save(downtime.Document with { Served = await served.AnnounceAsync(cancellationToken).ConfigureAwait(false) });
            if (options.Service is null) await served.RequireUnusedAsync(isEarly: true, cancellationToken).ConfigureAwait(false);
            restorer = await StageAsync(plan, served, made => restorer = made, cancellationToken).ConfigureAwait(false);
            var safety = new SafetySnapshot(repository, plan, options.Restore, options.Safety, new PresentServed(options.PresentServed, clock), clock, progress);
            progress.Begin(RestoreSteps.Safety);
            await safety.SaveAsync(cancellationToken).ConfigureAwait(false);
            await downtime.BeginAsync(found, cancellationToken).ConfigureAwait(false);
            return await ChangeAsync(plan, restorer, served, safety, downtime, started, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (downtime.HasBegun)
        {
            // Whatever it was: the application must not stay as it is.
            var outcome = await downtime.EndWithOldStateAsync().ConfigureAwait(false);
            throw RestoreFailure.With(error, outcome);
        }
        finally
        {
            // What cannot be put back by itself is still needed to go on.
            if (!downtime.HasBegun) await downtime.SettleAsync().ConfigureAwait(false);
            else if (!downtime.IsUnsettled) await downtime.Discard().ConfigureAwait(false);
        }
    }

    private async Task<InPlaceRestorer> StageAsync(RestorePlan plan, ServedStaging served, Action<InPlaceRestorer> made, CancellationToken cancellationToken)
    {
        var restore = options.Restore;
        var conflicts = Destinations.Conflicts(plan.Items, restore);
        if (conflicts.Count > 0) throw Destinations.Refusal(conflicts, isInPlace: true);
        progress.Begin("reading the snapshot");
        var reading = new LockedReading(repository, restore.Lock ? restore.Identity : null, clock, _log.Notice);
        return await reading.RunAsync(
            async (reader, token) =>
            {
                progress.Begin(RestoreSteps.Stage, plan.Bytes);
                var stager = new FileStager(repository, reader, _log, progress, restore.Workers);
                var restorer = new InPlaceRestorer(plan, stager, _log, progress, clock, Verification);
                made(restorer);
                await restorer.StageAsync(token).ConfigureAwait(false);
                await served.StageAsync(reader, restore.AcceptsContent, token).ConfigureAwait(false);
                return restorer;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<ApplicationRestoreResult> ChangeAsync(
        RestorePlan plan, InPlaceRestorer restorer, ServedStaging served, SafetySnapshot safety, Downtime downtime, long started, CancellationToken cancellationToken)
    {
        DatabaseUsers.Refuse([.. plan.Databases.Select(item => item.Destination), .. plan.Removed], cancellationToken);
        await served.RequireUnusedAsync(isEarly: false, cancellationToken).ConfigureAwait(false);
        progress.Begin(RestoreSteps.SafetyAgain);
        // Before it is saved: merged into its file, a journal no longer changes it.
        DatabaseExchange.SettleQuietly(plan.Databases.Select(item => item.Destination));
        await safety.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        var databases = await served.ItemsAsync(safety.ServedMarks, safety.ServedNotSaved, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        // From here on nothing stops it but a failure.
        progress.Begin(RestoreSteps.Exchange);
        var items = restorer.Items();
        safety.RequireSaved(items);
        foreach (var notice in safety.Notices) _log.Notice(notice);
        var document = downtime.Document with
        {
            Phase = ExchangePhase.Exchanging,
            Safety = safety.Id,
            Keep = safety.NotSaved,
            Items = items,
            Served = databases,
            Problems = [.. _log.Problems],
            FoundDamage = _log.FoundDamage,
        };
        using var exchange = ApplicationExchange.Of(document, clock, _log);
        downtime.Exchanging(document, exchange, (options.Marker?.Content)?.OfThisProcess() is { } marker ? marker with { Safety = safety.Id } : null);
        await exchange.ForwardAsync().ConfigureAwait(false);
        restorer.Count();
        var finish = new RestoreFinish(exchange, Verification, downtime, progress);
        var service = await finish.CompleteAsync(document).ConfigureAwait(false);
        return Result(plan, document, service, downtime, clock.GetElapsedTime(started)) with { Kept = [.. RestoreFinish.KeptOf(document), .. finish.Written] };
    }

    private ApplicationRestoreResult Result(
        RestorePlan plan, ExchangeDocument document, string? service, Downtime downtime, TimeSpan duration)
    {
        var result = _log.Result(duration);
        return new ApplicationRestoreResult
        {
            Snapshot = options.Restore.Snapshot.Id.ToString(),
            Safety = document.Safety,
            Created = [.. document.Items.Where(item => item.Old is null && item.Kind != ExchangeKind.Folder).Select(item => item.Destination)],
            CreatedDatabases = [.. document.Served.Where(item => item is { Old: null, New: not null }).Select(item => item.Name)],
            Files = result.Files,
            Databases = result.Databases + document.Served.LongCount(item => item.New is not null),
            Bytes = result.Bytes + options.Served.Sum(target => target.Item?.Bytes ?? 0),
            BytesReused = result.BytesReused,
            Removed = plan.Removed.Count + plan.RemovedFolders.Count + document.Served.Count(item => item.New is null),
            Seconds = Math.Round(duration.TotalSeconds, 3),
            DownSeconds = downtime.Seconds,
            Service = service,
            FoundDamage = result.FoundDamage,
            Problems = result.Problems,
            Notices = result.Notices,
        };
    }
}
