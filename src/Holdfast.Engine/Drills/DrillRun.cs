using System.Collections.Concurrent;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Engine.Scratch;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>
/// Proves a snapshot: restores all of it into a scratch directory, reads everything back, puts questions to the databases, and remembers
/// the answer. The scratch directory goes away in any case. The repository is locked from the beginning to the end.
/// </summary>
public sealed class DrillRun(Repository repository, LocalState state, DrillOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>UTF-16 units; a record may be hostile.</summary>
    private const int LongestProblem = 1000;

    private const string Everything = "everything in the snapshot";

    private readonly CheckList _checks = new(clock);

    /// <summary>How the scratch directory goes away; tests make it fail.</summary>
    internal Action<ScratchDirectory> Remove { get; init; } = scratch => scratch.Dispose();

    /// <summary>Where programs of PostgreSQL are; tests take them away.</summary>
    internal PostgresTools Tools { get; init; } = PostgresTools.OfSystem(clock);

    /// <summary>A snapshot that cannot be restored is not an exception but a result that proves nothing.</summary>
    /// <exception cref="HoldfastException">
    /// The drill could not be made: no room, a locked repository, a full disk. Nothing is recorded then.
    /// </exception>
    public async Task<DrillResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        progress.Begin("reading the snapshot");
        var identity = options.Lock ? options.Identity : null;
        ScratchDirectory? scratch = null;
        DrillResult drill;
        var notices = new List<string>();
        try
        {
            RestoreResult? restored = null;
            try
            {
                restored = await new LockedReading(repository, identity, clock, notices.Add)
                    .RunAsync((reader, token) => ProveAsync(reader, made => scratch = made, token), cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (HoldfastException error) when (IsOfSnapshot(error))
            {
                var why = error.Hint is null ? error.Message : $"{error.Message}; {error.Hint}";
                _checks.Add("restore", Everything, [why], clock.GetElapsedTime(started));
            }

            drill = Result(restored, clock.GetElapsedTime(started));
            // Before the scratch directory is removed: what was found out must not be lost with it.
            Record(drill);
        }
        finally
        {
            // When something else has failed, that is what to tell; the next drill removes what is left here.
            if (scratch is not null) TryRemove(scratch, notices.Add);
        }

        return drill with { Notices = [.. drill.Notices, .. notices] };
    }

    // A file that is missing on this machine's disk says nothing about the snapshot.
    private static bool IsOfSnapshot(HoldfastException error) =>
        error.Kind is FailureKind.Damaged or FailureKind.NotFound && FileFailure.ErrnoOf(error) == 0;

    private DrillResult Result(RestoreResult? restored, TimeSpan duration) => new()
    {
        Proven = _checks.AllPassed && restored is not null,
        Duration = duration,
        RestoreDuration = restored?.Duration ?? TimeSpan.Zero,
        Checks = _checks.Checks,
        Bytes = restored?.Bytes ?? 0,
        Files = restored?.Files ?? 0,
        Databases = restored?.Databases ?? 0,
        Notices = restored?.Notices ?? [],
    };

    private void Record(DrillResult drill) => new ProofStore(state).Record(new DrillRecord
    {
        Repository = repository.Config.Id,
        Location = options.RepositoryLocation,
        Snapshot = options.Snapshot.Id,
        Tree = options.Snapshot.Snapshot.Tree,
        Proven = drill.Proven,
        At = clock.GetLocalNow(),
        Duration = drill.Duration,
        Bytes = drill.Bytes,
        Program = options.Program,
        ChecksJson = DrillCheck.Serialize(drill.Checks),
    });

    private void TryRemove(ScratchDirectory scratch, Action<string> notice)
    {
        progress.Begin("removing the scratch directory");
        try
        {
            Remove(scratch);
        }
        catch (HoldfastException error)
        {
            notice($"the scratch directory \"{scratch.Path.Display}\" could not be removed, remove it yourself: {error.Message}");
        }
    }

    private static ScratchDemand Demand(long bytes)
    {
        const long Margin = 64 << 20;
        return new ScratchDemand("the drill", bytes, Margin, "free some space, or name a folder with room (--scratch, or TMPDIR)");
    }

    private async Task<RestoreResult> ProveAsync(BlobReader reader, Action<ScratchDirectory> made, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var contents = await new SnapshotContentsReader(reader, options.Snapshot, [], []).ReadAsync(cancellationToken).ConfigureAwait(false);
        var served = ServedDatabaseDrill.Of(contents.Record);
        var servedDrill = new ServedDatabaseDrill(_checks, options, Tools, clock, progress);
        await servedDrill.RequireGroundAsync(served, cancellationToken).ConfigureAwait(false);
        ProcessMark.EndOrphans();
        // What a server runs on is moved to a folder beside it.
        var places = served.Any(ClusterDrill.IsFor) ? servedDrill.Places() : options.ScratchCandidates;
        var scratch = ScratchPlaces.Create(places, Demand(new SpaceNeeded(reader).Of(contents.Items)));
        made(scratch);
        var restore = RestoreOptionsFor(scratch.Path.Combine("restored"));
        var plan = new RestorePlanner(reader, restore).Plan(contents, cancellationToken);
        var result = await new RestoreExecution(repository, reader, restore, clock, progress).ExecuteAsync(plan, cancellationToken)
            .ConfigureAwait(false);
        _checks.Add(
            "restore",
            Everything,
            result.Problems,
            clock.GetElapsedTime(started),
            $"{HumanFormat.Size(result.Bytes)} in {HumanFormat.Duration(result.Duration)}");
        CheckRecord(contents);
        // Before the databases are opened: opening one may merge a journal into it.
        await CompareAsync(plan.Items, reader, cancellationToken).ConfigureAwait(false);
        CheckDatabases(plan.Items, plan.Record, cancellationToken);
        var clusterDrill = new ClusterDrill(_checks, Tools, clock, progress);
        foreach (var database in served.Where(ClusterDrill.IsFor)) await clusterDrill.CheckAsync(database, plan.Items, scratch.Path, cancellationToken).ConfigureAwait(false);
        foreach (var database in served.Where(database => !ClusterDrill.IsFor(database)))
            await servedDrill.CheckAsync(database, plan.Items, scratch.Path.Combine("postgres.log"), cancellationToken).ConfigureAwait(false);
        // Last, because the application may change what it runs on.
        if (options.Boot?.For(plan.Record) is { } boot) await new BootDrill(boot, scratch.Path, _checks, clock, progress).CheckAsync(cancellationToken).ConfigureAwait(false);
        return result with
        {
            Databases = result.Databases + servedDrill.Restored + clusterDrill.Restored,
            Duration = result.Duration + servedDrill.Duration + clusterDrill.Duration,
            Notices = [.. result.Notices, .. servedDrill.Notices, .. clusterDrill.Notices],
        };
    }

    /// <summary>Without a record of Holdfast nothing is known of what the backup should have saved.</summary>
    private void CheckRecord(SnapshotContents contents)
    {
        const string Subject = "completeness of the backup";
        if (contents.UnusedRecord is { } why) _checks.Add("snapshot", Subject, [why], TimeSpan.Zero);
        else if (contents.Record is { } record) _checks.Run("snapshot", Subject, () => ProblemsOf(record));
    }

    /// <summary>A snapshot that lacks something or holds something damaged proves nothing, however well it restores.</summary>
    private static string[] ProblemsOf(SnapshotRecord record)
    {
        // Its sentences name missing and damaged databases, too.
        if (record.Problems.Count > 0) return [.. record.Problems.Select(problem => Quoted.Escape(problem, LongestProblem))];
        var missing = record.Databases.Where(database => database.Missing is not null)
            .Select(database => $"the database {PrintableName.Escape(database.Name)} could not be saved: "
                + PrintableName.Escape(database.Missing!));
        var damaged = record.Databases.Where(database => database.Damage.Count > 0)
            .Select(database => $"the database {PrintableName.Escape(database.Name)} was damaged when it was saved: "
                + PrintableName.Escape(database.Damage[0]));
        return [.. missing, .. damaged];
    }

    private async Task CompareAsync(IReadOnlyList<RestoreItem> items, BlobReader reader, CancellationToken cancellationToken)
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
        var subject = $"{HumanFormat.Count(items.Count, "file or folder", "files and folders")} byte by byte";
        _checks.Add("content", subject, [.. differences.Order(StringComparer.Ordinal)], clock.GetElapsedTime(started), HumanFormat.Size(items.Sum(item => item.Bytes)));
    }

    private void CheckDatabases(IReadOnlyList<RestoreItem> items, SnapshotRecord? record, CancellationToken cancellationToken)
    {
        var records = record?.Databases.Where(DatabaseRecognition.IsSaved)
            .DistinctBy(DatabaseRecognition.PathOf)
            .ToDictionary(DatabaseRecognition.PathOf) ?? [];
        // What is not there has been told.
        foreach (var item in items.Where(item => item.IsDatabase && FileSystem.Exists(item.Destination)))
        {
            var known = records.GetValueOrDefault(item.Source);
            records.Remove(item.Source);
            progress.Begin($"checking the database {(known is null ? item.Source.Display : PrintableName.Escape(known.Name))}");
            // What was compared may be changed now: SQLite wants to write the file and beside it, whatever its mode was.
            FileSystem.SetPermissions(item.Destination, FilePermissions.PrivateFile);
            FileSystem.SetPermissions(item.Destination.Parent!, FilePermissions.PrivateDirectory);
            new DatabaseDrill(_checks, cancellationToken).Check(item, known);
        }

        var paths = items.Select(item => item.Source).ToHashSet();
        foreach (var (_, lost) in records.Where(pair => !paths.Contains(pair.Key)))
        {
            _checks.Add(
                "restore", PrintableName.Escape(lost.Name), ["the snapshot lists this database but does not hold it"], TimeSpan.Zero);
        }
    }

    private RestoreOptions RestoreOptionsFor(FilePath target) => new()
    {
        Snapshot = options.Snapshot,
        Target = target,
        Forbidden = options.Forbidden,
        Identity = options.Identity,
        Workers = options.Workers,
    };
}
