using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// Saves what a restore is about to replace or remove. First while the application runs, because that may take long; once more when it
/// stands still, if something has changed in between: no commit that the application has confirmed is lost. One snapshot is left, unless the
/// first has something that the second has not.
/// </summary>
internal sealed class SafetySnapshot(
    Repository repository, RestorePlan plan, RestoreOptions restore, BackupOptions? template, PresentServed served, TimeProvider clock, OperationProgress progress)
{
    // Whoever writes without a pause must be stopped; who comes now and then is waited for.
    private const int MostTimes = 3;

    private readonly SafetyVerification _verification = new(repository, clock, progress);
    private readonly HashSet<FilePath> _journals = [.. plan.Databases.SelectMany(item => SqliteRelatedFiles.Of(item.Destination))];
    private IReadOnlyList<FilePath> _present = [];
    private readonly List<string> _earlier = [];
    private IReadOnlyList<string> _notices = [];
    private Dictionary<FilePath, FileStatus> _seen = [];
    private bool _isServedSavedTwice;

    /// <summary>The ID; null when there was nothing to save, or nobody wants it.</summary>
    internal string? Id { get; private set; }

    /// <summary>What it has no sound copy of: the old file itself is kept then.</summary>
    internal IReadOnlyList<FilePath> NotSaved { get; private set; } = [];

    /// <summary>The same of databases of servers, by name.</summary>
    internal IReadOnlyCollection<string> ServedNotSaved { get; private set; } = [];

    /// <summary>The marks of databases of servers as they were saved, by name. Empty when nobody wants them saved.</summary>
    internal IReadOnlyDictionary<string, string?> ServedMarks { get; private set; } = new Dictionary<string, string?>();

    /// <summary>What was noticed.</summary>
    internal IReadOnlyList<string> Notices => [.. _notices, .. _earlier];

    internal async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (template is null) return;
        // What is there now and not what was when it was planned: a person may have thought about the question for an hour.
        _present = [.. plan.Items.Where(item => !item.IsDirectory).Select(item => item.Destination).Concat(plan.Removed).Concat(plan.RemovedEmptyFolders).Where(FileSystem.Exists).Distinct()];
        _seen = [];
        ServedMarks = await served.MarksAsync(cancellationToken).ConfigureAwait(false);
        if (_present.Count == 0 && ServedMarks.Count == 0) return;
        _seen = Look();
        var result = await new BackupRun(repository, Options(), new SqliteImageOptions { Clock = clock }, clock, progress)
            .ExecuteAsync(cancellationToken).ConfigureAwait(false);
        Id = result.SnapshotId.ToString();
        var unsaved = result.Problems.Count - template.KnownProblems.Count;
        NotSaved = [.. result.Databases.Where(database => database.Damage.Count > 0 || database.Missing is not null)
            .Select(database => FilePath.From(database.Path))];
        _notices = [.. result.Problems.Select(problem => $"safety snapshot: {problem}")];
        // A file that could not be read is neither saved nor known by name here; then nothing may be replaced.
        if (unsaved > NotSaved.Count)
        {
            throw new HoldfastException(
                FailureKind.Failed,
                $"the present state could not be saved, so nothing was changed: {string.Join("; ", result.Problems.Take(3))}",
                "mend that, or restore with --no-safety if the present state is worth nothing");
        }

        await VerifyAsync(result.SnapshotId, cancellationToken).ConfigureAwait(false);
        var unsound = NotSaved.ToList();
        ServedNotSaved =
        [
            .. result.Databases.Where(database => database.Kind == DatabaseRecord.PostgresKind && unsound.Exists(path => path.IsUnder(FilePath.From(database.Path))))
                .Select(database => database.Name),
        ];
    }

    private async Task VerifyAsync(Restic.Format.Id id, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        var stored = SnapshotSelection.Resolve(listing, id.ToString(), SnapshotFilter.All);
        var lost = await _verification.FindLostAsync(stored, restore, cancellationToken).ConfigureAwait(false);
        if (lost.Count == 0) return;
        NotSaved = [.. NotSaved.Concat(lost).Distinct()];
        _notices = [.. _notices, .. lost.Select(path => $"safety snapshot: the repository has no good copy of \"{path.Display}\", because what it has of it is damaged; run `holdfast check --read-data`")];
    }

    /// <summary>
    /// Saves again what has changed since, while nobody should change it any more. Somebody may do so all the same, where nobody is stopped: so it is
    /// looked at again after each time, and <see cref="RequireSaved"/> has the last word.
    /// </summary>
    internal async Task SaveChangesAsync(CancellationToken cancellationToken)
    {
        if (template is null) return;
        for (var times = 0; times < MostTimes && (HasChanged() || await HaveServedChangedAsync(cancellationToken).ConfigureAwait(false)); times++)
        {
            var (first, present, notSaved) = (Id, _present, NotSaved);
            await SaveAsync(cancellationToken).ConfigureAwait(false);
            if (first is null || first == Id) continue;
            if (present.All(_present.Contains) && NotSaved.All(notSaved.Contains)) await ForgetAsync(first, cancellationToken).ConfigureAwait(false);
            else _earlier.Add($"safety snapshot: what was there when the restore began, and not any more when the application stood still, is in snapshot {first}");
        }
    }

    private bool HasChanged()
    {
        var now = Look();
        return now.Count != _seen.Count || now.Any(pair => !IsSeen(pair.Key, pair.Value));
    }

    // One of which nobody can tell is saved once more when the application stands still, and then is as it was saved.
    private async Task<bool> HaveServedChangedAsync(CancellationToken cancellationToken)
    {
        var now = await served.MarksAsync(cancellationToken).ConfigureAwait(false);
        var isUnknown = !_isServedSavedTwice && now.Values.Contains(null);
        _isServedSavedTwice = true;
        return isUnknown || now.Count != ServedMarks.Count || now.Any(pair => !ServedMarks.TryGetValue(pair.Key, out var mark) || mark != pair.Value);
    }

    private bool IsSeen(FilePath path, FileStatus now) => _seen.TryGetValue(path, out var before) && IsSame(path, before, now);

    // Nobody knows of it yet, and the second has all that it has. Without a lock: a prune that runs meanwhile can only keep more than it needs.
    private async Task ForgetAsync(string superseded, CancellationToken cancellationToken)
    {
        try
        {
            await repository.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, Restic.Format.Id.Parse(superseded)), cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error)
        {
            _earlier.Add($"safety snapshot: there is an earlier one, {superseded}, which is of no use and could not be removed: {error.Message}");
        }
    }

    /// <summary>Makes sure that nothing is replaced or removed that was not saved as it is now.</summary>
    /// <param name="items">With the marks of what is there; what is written later than those were made shows in them.</param>
    /// <remarks>A file that somebody goes on writing to is in <see cref="NotSaved"/> then: its old one must be kept.</remarks>
    /// <exception cref="HoldfastException">Busy: something has appeared in the last instant, or somebody writes to a database.</exception>
    internal void RequireSaved(IReadOnlyList<ExchangeItem> items)
    {
        if (template is null) return;
        var now = Look();
        foreach (var item in items.SelectMany(item => item.Each()).Where(item => item is { Old: not null, Kind: not ExchangeKind.Folder }))
        {
            if (!_seen.TryGetValue(item.Destination, out var seen) || seen.Inode != item.Old!.Value.Inode) throw Appeared(item.Destination);
            if (item.Kind == ExchangeKind.Database ? IsWritten(item.Destination, now) : !IsSameAt(item.Destination, now)) Refuse(item);
        }
    }

    // A file has no lock that would keep a writer out, and many a log is written to all the time. Its old one stays.
    private void Refuse(ExchangeItem item)
    {
        if (item.Kind == ExchangeKind.Database) throw Written(item.Destination);
        NotSaved = [.. NotSaved, item.Destination];
        _earlier.Add($"safety snapshot: \"{item.Destination.Display}\" was written to while it was saved, so the old file itself stays as \"{item.Kept!.Display}\"");
    }

    private bool IsWritten(FilePath database, Dictionary<FilePath, FileStatus> now) =>
        SqliteRelatedFiles.Of(database).Prepend(database).Where(path => !IsWalIndex(path)).Any(path => !IsSameAt(path, now));

    private bool IsSameAt(FilePath path, Dictionary<FilePath, FileStatus> now) =>
        now.TryGetValue(path, out var status) ? IsSeen(path, status) : !_seen.ContainsKey(path);

    private static HoldfastException Appeared(FilePath path) => new(
        FailureKind.Busy,
        $"\"{path.Display}\" has appeared or was replaced in the last instant, so the safety snapshot does not have it; nothing was changed",
        "stop what writes there, and restore again");

    private static HoldfastException Written(FilePath path) => new(
        FailureKind.Busy,
        $"another process goes on writing to the database \"{path.Display}\", so the safety snapshot does not have all of it; nothing was changed",
        "stop that first, and restore again; or restore with --target to another folder");

    // SQLite gives journals it opens as root the database's owner, each time anew: that alone is no change.
    private bool IsSame(FilePath path, FileStatus before, FileStatus now) =>
        before.Identity == now.Identity && before.Size == now.Size && before.ModifiedAt == now.ModifiedAt
        && (before.ChangedAt == now.ChangedAt || _journals.Contains(path));

    private Dictionary<FilePath, FileStatus> Look()
    {
        var databases = plan.Databases.SelectMany(item => SqliteRelatedFiles.Of(item.Destination).Where(path => !IsWalIndex(path)));
        var seen = new Dictionary<FilePath, FileStatus>();
        var places = plan.Items.Where(item => !item.IsDirectory).Select(item => item.Destination).Concat(plan.Removed);
        foreach (var path in places)
            if (FileSystem.TryStatus(path, followLinks: false) is { } status) seen[path] = status;
        // Empty ones come and go with whoever reads.
        foreach (var path in databases)
            if (FileSystem.TryStatus(path, followLinks: false) is { Size: > 0 } status) seen[path] = status;
        return seen;
    }

    // Reading alone changes it.
    private static bool IsWalIndex(FilePath path) => path.Name.Span.EndsWith("-shm"u8);

    private BackupOptions Options()
    {
        var records = DatabaseRecognition.SavedByPath(plan.Record);
        var databases = plan.Databases.Where(item => FileSystem.Exists(item.Destination)).Select(item => new DatabaseSource(
            records.GetValueOrDefault(item.Source)?.Name ?? System.Text.Encoding.UTF8.GetString(item.Destination.Name.Span), item.Destination, [], []));
        var saved = databases.ToList();
        var names = saved.Select(database => database.Path).ToHashSet();
        return template! with
        {
            Targets = [.. _present.Where(path => !names.Contains(path))],
            Databases = saved,
            ServedDatabases = [.. served.Databases.Where(database => ServedMarks.ContainsKey(database.Name))],
            Exclude = null,
            Tags = [.. template.Tags, SafetyTag.Value],
            RecordedPaths = Roots(),
        };
    }

    // Every replaced file is a target of its own, which would make a long list of paths.
    private IReadOnlyList<FilePath> Roots()
    {
        var folders = plan.Items.Where(item => item.IsDirectory && !item.IsLeading).Select(item => item.Destination).Concat(plan.RemovedFolders).ToHashSet();
        var roots = new HashSet<FilePath>();
        foreach (var path in _present)
        {
            var root = path;
            while (root.Parent is { } parent && folders.Contains(parent)) root = parent;
            roots.Add(root);
        }

        // What was taken from servers alone lies in no path that there is.
        if (roots.Count == 0) roots.Add((template?.Manifest?.Parent ?? FilePath.Root).Combine(RecordPlace.FolderName));
        return [.. roots.Order()];
    }
}
