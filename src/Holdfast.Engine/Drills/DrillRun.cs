using System.Collections.Concurrent;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>
/// Proves a snapshot: restores all of it into a scratch directory, reads everything back, puts questions to the databases, and remembers the answer.
/// The scratch directory goes away in any case.
/// </summary>
public sealed class DrillRun(Repository repository, LocalState state, DrillOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly CheckList _checks = new(clock);

    /// <summary>A snapshot that cannot be restored is not an exception but a result that proves nothing.</summary>
    /// <exception cref="HoldfastException">The drill could not be made: no room, a locked repository, a full disk. Nothing is recorded then.</exception>
    public async Task<DrillResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        progress.Begin("reading the snapshot");
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false));
        var result = await PlanAsync(reader, cancellationToken).ConfigureAwait(false) is { } plan
            ? await ProveAsync(plan, reader, cancellationToken).ConfigureAwait(false)
            : null;
        var drill = new DrillResult
        {
            Proven = _checks.AllPassed && result is not null,
            Duration = clock.GetElapsedTime(started),
            RestoreDuration = result?.Duration ?? TimeSpan.Zero,
            Checks = _checks.Checks,
            Bytes = result?.Bytes ?? 0,
            Files = result?.Files ?? 0,
            Databases = result?.Databases ?? 0,
            Notices = result?.Notices ?? [],
        };
        state.Record(new DrillRecord(
            repository.Config.Id, options.Snapshot.Id, drill.Proven, clock.GetLocalNow(), drill.Duration, options.Program, DrillCheck.Serialize(drill.Checks)));
        return drill;
    }

    // How much room is needed is not known before the trees are read, so they are read with a target that will not exist.
    private async Task<RestorePlan?> PlanAsync(BlobReader reader, CancellationToken cancellationToken)
    {
        try
        {
            var nowhere = RestoreOptionsFor(FilePath.From("/dev/null/drill"));
            return await new RestorePlanner(reader, nowhere).PlanAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            _checks.Add("restore", "snapshot", [error.Message], TimeSpan.Zero);
            return null;
        }
    }

    private async Task<RestoreResult> ProveAsync(RestorePlan plan, BlobReader reader, CancellationToken cancellationToken)
    {
        await using var scratch = ScratchPlaces.Create(options.ScratchCandidates, new SpaceNeeded(reader).Of(plan.Items));
        var started = clock.GetTimestamp();
        var target = scratch.Path.Combine("restored");
        var result = await new RestoreRun(repository, RestoreOptionsFor(target), clock, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        _checks.Add("restore", "snapshot", result.Problems, clock.GetElapsedTime(started));
        if (plan.Record is { } record) _checks.Run("snapshot", "snapshot", () => ProblemsOf(record));
        var items = plan.Items.Select(item => item with { Destination = Destinations.Below(target, item.Source) }).ToList();
        // Before the databases are opened: opening one may merge a journal into it.
        await CompareAsync(items, reader, cancellationToken).ConfigureAwait(false);
        CheckDatabases(items, plan.Record, cancellationToken);
        progress.Begin("removing the scratch directory");
        return result;
    }

    /// <summary>A snapshot that lacks a database or holds a damaged one proves nothing, however well it restores.</summary>
    private static string[] ProblemsOf(SnapshotRecord record)
    {
        var missing = record.Databases.Where(database => database.Missing is not null)
            .Select(database => $"the database {PrintableName.Escape(database.Name)} could not be saved: {PrintableName.Escape(database.Missing!)}");
        var damaged = record.Databases.Where(database => database.Damage.Count > 0)
            .Select(database => $"the database {PrintableName.Escape(database.Name)} was damaged when it was saved: {PrintableName.Escape(database.Damage[0])}");
        return [.. missing, .. damaged];
    }

    private async Task CompareAsync(List<RestoreItem> items, BlobReader reader, CancellationToken cancellationToken)
    {
        progress.Begin("comparing with the snapshot", items.Sum(item => item.Bytes));
        var started = clock.GetTimestamp();
        var comparison = new ContentComparison(reader, progress);
        var differences = new ConcurrentQueue<string>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(items, parallel, (item, token) =>
        {
            if (comparison.Difference(item, token) is { } difference) differences.Enqueue($"\"{item.Source.Display}\": {difference}");
            progress.AddItem();
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        _checks.Add("content", $"{items.Count} files and folders", [.. differences.Order(StringComparer.Ordinal)], clock.GetElapsedTime(started));
    }

    private void CheckDatabases(List<RestoreItem> items, SnapshotRecord? record, CancellationToken cancellationToken)
    {
        var records = record?.Databases.Where(database => database.Missing is null).DistinctBy(DatabaseRecognition.PathOf).ToDictionary(DatabaseRecognition.PathOf) ?? [];
        // What is not there has been told.
        foreach (var item in items.Where(item => item.IsDatabase && FileSystem.Exists(item.Destination)))
        {
            var known = records.GetValueOrDefault(item.Source);
            records.Remove(item.Source);
            progress.Begin($"checking the database {(known is null ? item.Source.Display : PrintableName.Escape(known.Name))}");
            // What was compared may be changed now: SQLite wants to write the file and beside it, whatever its mode was.
            FileSystem.SetPermissions(item.Destination, 0x180);
            FileSystem.SetPermissions(item.Destination.Parent!, 0x1C0);
            new DatabaseDrill(_checks, cancellationToken).Check(item, known);
        }

        foreach (var lost in records.Where(pair => items.TrueForAll(item => item.Source != pair.Key)).Select(pair => pair.Value)) _checks.Add("restore", PrintableName.Escape(lost.Name), ["the snapshot lists this database but does not hold it"], TimeSpan.Zero);
    }

    private RestoreOptions RestoreOptionsFor(FilePath target) => new()
    {
        Snapshot = options.Snapshot,
        Target = target,
        Forbidden = options.Forbidden,
        Identity = options.Identity,
        Lock = options.Lock,
        Workers = options.Workers,
    };
}
