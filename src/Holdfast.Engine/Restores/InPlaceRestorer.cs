using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>
/// Restores to where things came from. Everything is staged beside its destination, checked and made durable; only then are the databases
/// exchanged, all of them, and after they work, the files. Databases come first because they can fail: then nothing has changed. Files that
/// are not in the snapshot are left alone.
/// </summary>
internal sealed class InPlaceRestorer(
    RestorePlan plan,
    FileStager stager,
    RestoreLog log,
    OperationProgress progress,
    TimeProvider clock,
    DatabaseVerification verification)
{
    /// <summary>With more files than this, one syncfs is quicker than many fsyncs.</summary>
    private const int ManyFiles = 64;

    private readonly ProcessIdentity _self = ProcessIdentity.Current();
    private readonly ItemPlacement _placement = new(log);
    private readonly List<StagedFile> _staged = [];
    private readonly List<FilePath> _madeFolders = [];

    private IEnumerable<RestoreItem> Folders => plan.Items.Where(item => item.IsDirectory);

    internal async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        DatabaseUsers.Refuse(plan.Databases.Select(item => item.Destination), cancellationToken);
        var contents = plan.Items.Where(item => !item.IsDirectory).ToList();
        Leftovers.Clear(contents.Select(item => item.Destination.Parent!), log);
        foreach (var demand in plan.Space) demand.Require();
        try
        {
            MakeFolders();
            await StageAsync(contents, cancellationToken).ConfigureAwait(false);
            CheckDatabases(cancellationToken);
            SyncStaged();
            cancellationToken.ThrowIfCancellationRequested();
            // From here on nothing stops it but a failure: an exchange takes an instant.
            Place();
        }
        finally
        {
            foreach (var file in _staged) RemoveStaged(file.Path);
            RemoveEmptyFolders();
        }
    }

    private void MakeFolders()
    {
        foreach (var folder in Folders)
        {
            var made = FileSystem.TryCreateDirectory(folder.Destination, FilePermissions.PrivateDirectory);
            if (made) _madeFolders.Add(folder.Destination);
            else if (FileSystem.TryStatus(folder.Destination, followLinks: folder.IsLeading) is not { IsDirectory: true })
            {
                throw new HoldfastException(
                    FailureKind.Failed, $"\"{folder.Destination.Display}\" is not a folder", "nothing was restored");
            }
        }
    }

    private async Task StageAsync(IReadOnlyList<RestoreItem> contents, CancellationToken cancellationToken)
    {
        var links = new HardLinks();
        var files = contents.Where(item => item.IsFile).Where(links.IsFirst).Select(Stage).ToList();
        await stager.StageAsync(files, sync: false, static _ => { }, (file, why) => _placement.Lose(file.Item, why), cancellationToken)
            .ConfigureAwait(false);
        if (files.Find(file => _placement.IsLost(file.Item) && (file.Item.IsDatabase || file.Item.JournalOf is not null)) is { } database)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"nothing was restored, because the database \"{database.Item.Source.Display}\" is damaged in the repository: "
                + string.Join("; ", log.Problems.Take(3)),
                "choose an older snapshot, or restore the rest by naming the paths");
        }

        foreach (var (name, of) in links.Links) LinkTo(of, name);
        foreach (var item in contents.Where(item => !item.IsFile))
        {
            var staged = Stage(item);
            _placement.Attempt(item, () => _placement.CreateSpecial(item, staged.Path));
        }
    }

    private void LinkTo(RestoreItem of, RestoreItem name)
    {
        // Its content is counted under the first name.
        var staged = Stage(name with { Bytes = 0 });
        _placement.AttemptLink(name, of, () => NodeWriter.Link(StagedName.For(of.Destination, _self), staged.Path));
    }

    private StagedFile Stage(RestoreItem item)
    {
        // A journal goes beside its staged database under the name SQLite looks for.
        var path = item.JournalOf is { } database
            ? StagedName.For(database, _self).WithSuffix(item.Source.ToString()[database.ToString().Length..])
            : StagedName.For(item.Destination, _self);
        var staged = new StagedFile(item, path);
        _staged.Add(staged);
        return staged;
    }

    private void CheckDatabases(CancellationToken cancellationToken)
    {
        foreach (var database in _staged.Where(file => file.Item.IsDatabase))
        {
            progress.Begin($"checking the database \"{database.Item.Destination.Display}\"");
            // Its own mode may keep SQLite from opening it.
            FileSystem.SetPermissions(database.Path, FilePermissions.PrivateFile);
            if (_staged.Any(file => file.Item.JournalOf == database.Item.Source)) SqliteSettling.Settle(database.Path.ToString());
            var wrong = verification.CheckStaged(database.Path, cancellationToken);
            KeptJournals.Remove(database.Path);
            if (wrong.Count > 0)
            {
                throw new HoldfastException(
                    FailureKind.Damaged,
                    $"nothing was restored, because the database \"{database.Item.Source.Display}\" of the snapshot is not sound: "
                    + string.Join("; ", wrong.Select(PrintableName.Escape)),
                    "choose another snapshot, or restore it with --target to save what can be saved");
            }

            // Also because merging a journal into it has changed its times.
            _placement.ApplyMetadata(database.Item, database.Path);
        }
    }

    private void SyncStaged()
    {
        progress.Begin("making it durable");
        var files = _staged.Where(file => file.Item.IsFile && file.Item.JournalOf is null && !_placement.IsLost(file.Item)).ToList();
        if (files.Count <= ManyFiles)
        {
            foreach (var file in files) FileContentSync.Sync(file.Path);
            return;
        }

        foreach (var group in files.GroupBy(file => FileSystemIdentity.Of(file.Path))) DirectorySync.SyncFileSystem(group.First().Path);
    }

    private void Place()
    {
        progress.Begin("putting it in place");
        var time = clock.GetLocalNow().ToString("yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        using var exchange = new DatabaseExchange(verification, log, time);
        var databases = _staged.Where(file => file.Item.IsDatabase).ToList();
        exchange.Exchange(databases);
        foreach (var database in databases) log.Restored(database.Item);
        var others = _staged.Where(file => !file.Item.IsDatabase && file.Item.JournalOf is null && !_placement.IsLost(file.Item));
        foreach (var file in others) Replace(file);
        var made = _madeFolders.ToHashSet();
        _placement.FinishFolders(Folders.Where(folder => !folder.IsLeading || made.Contains(folder.Destination)));
        var changed = _staged.Select(file => file.Item.Destination.Parent!).Concat(_madeFolders.Select(folder => folder.Parent!));
        foreach (var folder in changed.Distinct()) DirectorySync.Sync(folder);
        exchange.Drop();
    }

    private void Replace(StagedFile file)
    {
        try
        {
            FileSystem.Rename(file.Path, file.Item.Destination);
            log.Restored(file.Item);
        }
        catch (HoldfastException error)
        {
            log.Problem($"\"{file.Item.Destination.Display}\" was not restored and is as before: {error.Message}");
        }
    }

    private static void RemoveStaged(FilePath path)
    {
        FileSystem.Remove(path);
        KeptJournals.Remove(path);
    }

    // Folders that were made for nothing go again; those with something in them stay.
    private void RemoveEmptyFolders()
    {
        var filled = plan.Items.Select(item => item.Destination.Parent).OfType<FilePath>().ToHashSet();
        foreach (var folder in Enumerable.Reverse(_madeFolders))
        {
            if (filled.Contains(folder) && DirectoryListing.Read(folder).Count == 0) FileSystem.RemoveEmptyDirectory(folder);
        }
    }
}
