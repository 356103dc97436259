using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// Makes what is to be restored in place: everything is staged beside its destination, checked and made durable. It then tells what is to be
/// exchanged. Files that are not in the snapshot are left alone.
/// </summary>
internal sealed class InPlaceRestorer(
    RestorePlan plan,
    FileStager stager,
    RestoreLog log,
    OperationProgress progress,
    TimeProvider clock,
    DatabaseVerification verification)
{
    private readonly ProcessIdentity _self = ProcessIdentity.Current();
    private readonly ItemPlacement _placement = new(log);
    private readonly List<StagedFile> _staged = [];
    private readonly List<FilePath> _madeFolders = [];

    private IEnumerable<RestoreItem> Folders => plan.Items.Where(item => item.IsDirectory);

    /// <summary>Makes everything beside its destination, checks it and makes it durable. Nothing of the application is changed.</summary>
    /// <exception cref="HoldfastException">No room, damage in the repository, a database that is not sound: call <see cref="Discard"/>.</exception>
    internal async Task StageAsync(CancellationToken cancellationToken)
    {
        var contents = plan.Items.Where(item => !item.IsDirectory).ToList();
        Leftovers.Clear(contents.Select(item => item.Destination.Parent!), log);
        foreach (var demand in plan.Space) demand.Require();
        MakeFolders();
        await StageAsync(contents, cancellationToken).ConfigureAwait(false);
        CheckDatabases(cancellationToken);
        SyncStaged();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>What there is to exchange; to be asked for when the application stands still, because it tells what is there.</summary>
    internal IReadOnlyList<ExchangeItem> Items()
    {
        var time = KeptName.TimeOf(clock.GetLocalNow());
        var made = _madeFolders.ToHashSet();
        var reader = new NodeReader(clock.LocalTimeZone, new OwnerNames());
        var folders = Folders.Where(folder => !folder.IsLeading || made.Contains(folder.Destination)).Select(folder => new ExchangeItem
        {
            Kind = ExchangeKind.Folder,
            Destination = folder.Destination,
            Before = made.Contains(folder.Destination) ? null : KeptFolder.Describe(folder.Destination, reader),
            After = KeptFolder.Describe(folder.Node),
        });
        var removals = new RemovedItems(plan, time).All();
        var staged = _staged.Where(file => file.Item.JournalOf is null && !_placement.IsLost(file.Item)).Select(file => Item(
            file.Item.Destination, file.Path, file.Item.IsDatabase ? ExchangeKind.Database : ExchangeKind.File, time));
        return [.. staged, .. removals, .. folders];
    }

    /// <summary>Counts what was restored; after the exchange.</summary>
    internal void Count()
    {
        foreach (var file in _staged.Where(file => file.Item.JournalOf is null && !_placement.IsLost(file.Item))) log.Restored(file.Item);
    }

    /// <summary>Removes what was staged and is not in its place. What cannot be removed is told of: the next restore into that folder does it.</summary>
    internal void Discard()
    {
        foreach (var file in _staged) Try(() => RemoveStaged(file.Path));
        Try(RemoveEmptyFolders);
    }

    // Never instead of what has kept the restore from its end.
    private void Try(Action remove)
    {
        try
        {
            remove();
        }
        catch (HoldfastException error)
        {
            log.Notice($"something unfinished stays until the next restore: {error.Message}");
        }
    }

    internal static ExchangeItem Item(FilePath destination, FilePath? staged, ExchangeKind kind, string time) => new()
    {
        Kind = kind,
        Destination = destination,
        Staged = staged,
        Kept = KeptName.FreeFor(destination, time),
        Old = FileSystem.LastingIdentity(destination),
        New = staged is null ? null : FileSystem.LastingIdentity(staged),
        OldMark = ContentMark.Of(destination, kind),
        NewMark = staged is null ? null : ContentMark.Of(staged, kind),
    };

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
        await stager.StageAsync(files, sync: false, static _ => { }, (file, why) => _placement.LoseToDamage(file.Item, why), cancellationToken)
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
        // Not of journals: they are another's the moment that their database is.
        var staged = new StagedFile(item, path) { Present = item.IsFile && item.JournalOf is null ? item.Destination : null };
        _staged.Add(staged);
        return staged;
    }

    private void CheckDatabases(CancellationToken cancellationToken)
    {
        var records = DatabaseRecognition.SavedByPath(plan.Record);
        foreach (var database in _staged.Where(file => file.Item.IsDatabase))
        {
            progress.Begin($"checking the database \"{database.Item.Destination.Display}\"");
            // Its own mode may keep SQLite from opening it.
            FileSystem.SetPermissions(database.Path, FilePermissions.PrivateFile);
            if (_staged.Any(file => file.Item.JournalOf == database.Item.Source)) SqliteSettling.Settle(database.Path.ToString());
            var wrong = verification.CheckStaged(database.Path, cancellationToken);
            var unexpected = wrong.Count > 0 ? [] : verification.CheckContent(database.Path, records.GetValueOrDefault(database.Item.Source), cancellationToken);
            KeptJournals.Remove(database.Path);
            if (wrong.Count > 0) throw NotSound(database, wrong);
            if (unexpected.Count > 0 && !plan.AcceptsContent) throw NotAsExpected(database, unexpected);
            foreach (var problem in unexpected) log.Problem($"the database \"{database.Item.Source.Display}\" is not as expected: {problem}");

            // Also because merging a journal into it has changed its times.
            _placement.ApplyMetadata(database.Item, database.Path);
        }
    }

    private static HoldfastException NotSound(StagedFile database, IReadOnlyList<string> wrong) => new(
        FailureKind.Damaged,
        $"nothing was restored, because the database \"{database.Item.Source.Display}\" of the snapshot is not sound: "
        + string.Join("; ", wrong.Select(PrintableName.Escape)),
        "choose another snapshot, or restore it with --target to save what can be saved");

    private static HoldfastException NotAsExpected(StagedFile database, IReadOnlyList<string> wrong) => new(
        FailureKind.Damaged,
        $"nothing was restored, because the database \"{database.Item.Source.Display}\" of the snapshot is not as expected: "
        + string.Join("; ", wrong),
        "choose another snapshot; or, if it was like that when it was saved and you want it so, restore it with --force");

    private void SyncStaged()
    {
        progress.Begin("making it durable");
        var files = _staged.Where(file => file.Item.IsFile && file.Item.JournalOf is null && !_placement.IsLost(file.Item));
        BulkSync.Files([.. files.Select(file => file.Path)]);
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
