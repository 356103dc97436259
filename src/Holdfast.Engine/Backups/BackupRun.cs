using System.Runtime.ExceptionServices;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Makes one snapshot (section 16.2 of the format): lock, parent, index, walk; then packs, index and snapshot, each durable before the next.
/// </summary>
public sealed class BackupRun(Repository repository, BackupOptions options, SqliteImageOptions imageOptions, TimeProvider clock, OperationProgress progress)
{
    private readonly BackupLog _log = new();
    private readonly HookProgram _programs = new(options, clock);
    private readonly List<string> _afterwards = [];
    private string? _version;
    private AddedBlobs _added;
    private Plausibility? _plausibility;
    private IReadOnlyList<string> _suspicions = [];

    /// <exception cref="HoldfastException">
    /// Nothing could be saved, a program before it failed, the repository is locked, full or damaged. No snapshot was written then.
    /// </exception>
    public async Task<BackupResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var hooks = new BackupHooks(options, _programs);
        Id id;
        try
        {
            if (options.Around.Before.Count > 0) progress.Begin("running the programs before the backup");
            await hooks.BeforeAsync(cancellationToken).ConfigureAwait(false);
            id = await LockAndSaveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _afterwards.AddRange(await hooks.AfterAsync("failed", null).ConfigureAwait(false));
            if (_afterwards.Count == 0) throw;
            throw With(_afterwards, failure);
        }

        if (options.Around.After.Count > 0) progress.Begin("running the programs after the backup");
        var outcome = _log.Problems.Count > 0 || _afterwards.Count > 0 ? "partial" : "done";
        _afterwards.AddRange(await hooks.AfterAsync(outcome, id).ConfigureAwait(false));
        return Result(id, clock.GetElapsedTime(started));
    }

    private static HoldfastException With(IEnumerable<string> more, Exception failure)
    {
        // An application that may still be paused has to be told of, whatever else happened.
        var (kind, message, hint) = failure switch
        {
            HoldfastException error => (error.Kind, error.Message, error.Hint),
            OperationCanceledException => (FailureKind.Interrupted, "interrupted", null),
            _ => (FailureKind.Failed, $"internal error: {failure}", null),
        };
        return new HoldfastException(kind, string.Join("; also, ", more.Prepend(message)), hint, failure);
    }

    private async Task<Id> LockAndSaveAsync(CancellationToken cancellationToken)
    {
        foreach (var notice in options.Notices) _log.Notice(notice);
        foreach (var problem in options.KnownProblems) _log.Problem(problem);
        progress.Begin("opening the repository");
        var locked = new LockedWork(repository, exclusive: false, options.Identity, clock, _log.Notice) { Wait = options.LockWait };
        return await locked.BeginAsync((held, token) => SaveAsync(held, clock.GetLocalNow(), token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<Id> SaveAsync(RepositoryLock held, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        // Snapshots first, then the index: the other order can miss blobs of a snapshot that is written in between (section 9.5).
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        var index = await repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false);
        if (snapshots is { Readable.Count: 0, Damaged.Count: 0 } && index.Count > 0) await MissingSnapshots.RefuseAsync(repository, cancellationToken).ConfigureAwait(false);
        var choice = new ParentChoice(options);
        var known = await choice.OfThisApplicationAsync(snapshots.Readable, new BlobReader(repository, index), cancellationToken).ConfigureAwait(false);
        var paths = SnapshotPaths();
        var parent = options.Force
            ? null
            : choice.Find(known, paths, Timestamp.FromDateTimeOffset(begun));
        // The new snapshot is whole, and the next backup has it to go on from: this is the one moment in which it is noticed.
        if (parent is not null && !index.Contains(new BlobHandle(BlobType.Tree, parent.Snapshot.Tree)))
            _afterwards.Add($"what snapshot {parent.Id.Short} holds is not in the repository's index, so that everything was read, and stored again where the index lacks it: run `holdfast check`");
        foreach (var damaged in snapshots.Damaged) _log.Notice($"{damaged.Why}; it was passed over; run `holdfast check`");
        _plausibility = await Plausibility.AgainstAsync(
            options.LastProven?.Invoke(known), new BlobReader(repository, index), options.SuspiciousDrop, _log.Notice, cancellationToken).ConfigureAwait(false);
        var confirmed = held.ConfirmAsync(cancellationToken);
        await TakeUpAsync(held, snapshots.Readable, index, confirmed, cancellationToken).ConfigureAwait(false);
        await using var writer = new BlobWriter(repository, index, clock, confirmed, held.RequireHeldAsync);
        var tree = await WalkAsync(writer, index, parent?.Snapshot.Tree, begun, cancellationToken).ConfigureAwait(false);
        progress.Begin("finishing");
        if (writer.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        _added = writer.Added;
        return await new LastStep(repository, held, index, _log.Notice).SaveAsync(Describe(begun, tree, parent?.Id, paths), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What a run of this host had sent when it was cut off is in no index yet; looking for it costs a list of all packs, so that it is done only where
    /// its lock was left behind and no snapshot has followed.
    /// </summary>
    private async Task TakeUpAsync(
        RepositoryLock held, IReadOnlyList<StoredSnapshot> snapshots, BlobIndex index, Task confirmed, CancellationToken cancellationToken)
    {
        if (held.LastInterruption is not { } cutOff) return;
        var moment = Timestamp.FromDateTimeOffset(cutOff);
        if (snapshots.Any(stored => stored.Snapshot.Hostname == options.Identity.HostName && stored.Snapshot.Time > moment)) return;
        await confirmed.ConfigureAwait(false);
        progress.Begin("looking for what an interrupted backup has stored");
        var packs = await UnlistedUploads.ListAsync(repository, index, clock, held.RequireHeldAsync, cancellationToken).ConfigureAwait(false);
        if (packs > 0) _log.Notice($"an earlier backup was cut off: what it had stored ({HumanFormat.Count(packs, "pack", "packs")}) is used now and not sent again");
    }

    private async Task<Id> WalkAsync(BlobWriter writer, BlobIndex index, Id? parentTree, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        // It is found again by the paths that the snapshot names.
        var recordFolder = options.RecordedPaths is { } recorded
            ? RecordPlace.FolderFor(null, recorded, [])
            : RecordPlace.FolderFor(options.Manifest, options.Targets, options.Databases.Select(database => database.Path));
        var finder = new DatabaseFinder(options.Databases);
        var archiver = new DatabaseArchiver(writer, _log, progress, imageOptions, options.Workers);
        await using var declared = new DeclaredDatabases(archiver, finder, imageOptions.BusyDeadline);
        var tables = new RabinTables(repository.Config.ChunkerPolynomial);
        var streams = new StreamArchiver(tables, writer, _log, progress, options.Workers);
        var dumps = new PostgresArchiver(writer, streams, _log, progress, PostgresTools.OfSystem(clock), clock);
        var clusters = new ClusterArchiver(writer, streams, _log, progress, options.Workers, clock);
        await using var served = new ServedDatabases(dumps, clusters, options.ServedDatabases, recordFolder.Combine(RecordPlace.DatabasesFolder), _log, options.TableLockTime, clock);
        using var files = new FileArchiver(tables, writer, _log, progress, options.Workers);
        using var slots = new SemaphoreSlim(options.Workers * 2);
        var parts = new TreeArchiverParts(
            writer,
            index,
            new NodeReader(clock.LocalTimeZone, new OwnerNames()),
            finder,
            files,
            archiver,
            declared,
            served,
            _log,
            progress,
            clock,
            Timestamp.FromDateTimeOffset(begun),
            slots);
        var parent = parentTree is { } id
            ? await ParentDirectory.OpenAsync(new BlobReader(repository, index), id, cancellationToken).ConfigureAwait(false)
            : ParentDirectory.None;
        _version = await ApplicationVersion.ReadAsync(options.Version, _programs, _log, cancellationToken).ConfigureAwait(false);
        var trees = new TreeArchiver(parts, options, recordFolder);
        await ReadSourcesAsync(parts, trees, recordFolder, parent, cancellationToken).ConfigureAwait(false);
        // A walk that met a failure of the repository ended early.
        if (writer.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
        return await trees.FinishAsync(ComposeRecord, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Pins all databases at one moment, then reads them and the files. An application that can pause its writes is let go on as soon as the databases are
    /// pinned and the files are read: the contents of the databases are then read while it works. Any other application writes meanwhile, and no database
    /// is held longer than it takes to read it.
    /// </summary>
    private async Task ReadSourcesAsync(
        TreeArchiverParts parts, TreeArchiver trees, FilePath recordFolder, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var pause = new WritePause(options, _programs);
        var databases = new List<(DatabaseSource Source, int? PreviousChunkSize)>();
        foreach (var source in options.Databases)
            databases.Add((source, parts.PreviousChunkSize(await parent.FindAsync(source.Path, cancellationToken).ConfigureAwait(false))));
        progress.Begin("reading databases");
        await parts.Declared.SaveAheadAsync(databases, cancellationToken).ConfigureAwait(false);
        var targets = options.Targets.Concat(options.Databases.Select(database => database.Path)).Append(recordFolder);
        try
        {
            await pause.BeginAsync(cancellationToken).ConfigureAwait(false);
            await parts.Declared.PinAsync(options.Databases, cancellationToken).ConfigureAwait(false);
            await parts.Served.PinAsync(cancellationToken).ConfigureAwait(false);
            if (!pause.IsWanted) await parts.Declared.ReadAsync(databases, cancellationToken).ConfigureAwait(false);
            progress.Begin("reading files");
            await trees.WalkAsync(TargetTree.Of(targets), parent, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (await pause.EndAsync().ConfigureAwait(false) is { } problem) _afterwards.Add(problem);
        }

        await parts.Declared.ReadAsync(databases, cancellationToken).ConfigureAwait(false);
        await parts.Served.ReadAsync(parent, () => parts.Writer.Failure as HoldfastException, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Called when everything else is saved.</summary>
    private byte[] ComposeRecord()
    {
        MissUnreached();
        if (_log.Files == 0 && _log.Directories == 0 && _log.Databases.All(database => database.Missing is not null))
        {
            var why = string.Join("; ", _log.Problems.Concat(_log.Notices));
            throw new HoldfastException(
                FailureKind.Failed,
                why.Length > 0 ? $"there is nothing to back up: {why}" : "there is nothing to back up",
                "no snapshot was written; check the paths");
        }

        foreach (var database in _log.Databases.Where(database => database.Damage.Count > 0))
        {
            var damage = string.Join("; ", database.Damage.Take(5));
            _log.Problem($"the database {PrintableName.Escape(database.Name)} ({PrintableName.Escape(database.Path)}) is damaged; what could be read was saved: {damage}");
        }

        _suspicions = _plausibility?.Doubts(_log.Databases, _log.Changes.Bytes) ?? [];
        return new SnapshotRecord
        {
            Program = options.Program,
            Application = options.Application,
            Manifest = options.Manifest?.ToString(),
            Root = options.Root?.ToString(),
            Version = _version,
            Groups = options.Groups,
            Moments = _log.Moments(options.Around.Quiesce is not null),
            Databases = _log.Databases,
            Problems = _log.Problems,
            Suspicions = _suspicions.Count > 0 ? _suspicions : null,
        }.Serialize();
    }

    /// <summary>Every declared database is named to the walk, which comes to all but those of Holdfast's own and in folders that do not open.</summary>
    private void MissUnreached()
    {
        var seen = _log.Databases.Select(database => database.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var database in options.Databases.Where(database => !seen.Contains(database.Path.ToString())))
            _log.Miss(database, "the way to it was left out or could not be read");
    }

    private List<string> SnapshotPaths() =>
        [.. (options.RecordedPaths ?? options.Targets.Concat(options.Databases.Select(database => database.Path))).Distinct().Order().Select(path => path.ToString())];

    private List<string> Tags()
    {
        var tags = new List<string>(options.Tags);
        if (options.Application is not null) tags.Add(ApplicationTag.Of(options.Application));
        if (_log.Problems.Count > 0) tags.Add(IncompleteTag.Value);
        if (_suspicions.Count > 0) tags.Add(SuspiciousTag.Value);
        return tags;
    }

    private Snapshot Describe(DateTimeOffset begun, Id tree, Id? parent, IReadOnlyList<string> paths) => new()
    {
        Time = Timestamp.FromDateTimeOffset(begun),
        Parent = parent,
        Tree = tree,
        Paths = [.. paths.Except(_log.Databases.Where(database => database.Missing is not null).Select(database => database.Path))],
        Hostname = options.Identity.HostName,
        Username = options.Identity.UserName,
        Uid = options.Identity.Uid,
        Gid = options.Identity.Gid,
        Excludes = options.Exclude is null ? [] : [.. options.Exclude.Patterns.Select(pattern => pattern.Text)],
        Tags = Tags(),
        ProgramVersion = options.Program,
        Summary = _log.Changes.Summary(Timestamp.FromDateTimeOffset(begun), Timestamp.FromDateTimeOffset(clock.GetLocalNow()), _added),
    };

    private BackupResult Result(Id id, TimeSpan duration) => new()
    {
        SnapshotId = id,
        Files = _log.Files,
        FilesUnchanged = _log.FilesUnchanged,
        Databases = _log.Databases,
        BytesRead = _log.BytesRead,
        BytesAdded = _added.StoredBytes,
        Duration = duration,
        Problems = _log.Problems,
        Suspicions = _suspicions,
        Notices = _log.Notices,
        Afterwards = _afterwards,
        Version = _version,
        Moments = _log.Moments(options.Around.Quiesce is not null),
    };
}
