using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>
/// The old database, kept beside the new one as <c>NAME.before-restore-TIME</c> with what SQLite needs of its journals, until the new one
/// has proven itself.
/// </summary>
internal sealed class KeptDatabase
{
    // The wal-index is made again from the WAL.
    private static readonly string[] Journals = [SqliteRelatedFiles.Wal, SqliteRelatedFiles.RollbackJournal];

    private readonly FilePath _database;
    private readonly FilePath _kept;
    private readonly bool _mayLink;
    private bool _existed;
    private bool _exchanged;

    private KeptDatabase(FilePath database, FilePath kept, bool mayLink) => (_database, _kept, _mayLink) = (database, kept, mayLink);

    /// <summary>Finds a free name.</summary>
    /// <param name="database">The database to be replaced.</param>
    /// <param name="time">For the name.</param>
    /// <param name="mayLink">False does as on a file system without hard links.</param>
    internal static KeptDatabase Of(FilePath database, string time, bool mayLink = true)
    {
        for (var number = 1; ; number++)
        {
            var kept = database.WithSuffix($".before-restore-{time}{(number == 1 ? string.Empty : $"-{number}")}");
            if (!FileSystem.Exists(kept)) return new KeptDatabase(database, kept, mayLink);
        }
    }

    /// <summary>
    /// Puts <paramref name="staged"/> in the place of the database. Before the exchange nothing of the old state is lost, after it nothing
    /// of the old journals is left for the new database to meet.
    /// </summary>
    internal void ReplaceBy(FilePath staged)
    {
        _existed = FileSystem.Exists(_database);
        var linked = _existed && TryLink(_database, _kept);
        // Where there are no hard links, the new file takes the name of the kept one first, so that the exchange gives it to the old file.
        if (_existed && !linked) FileSystem.Rename(staged, _kept);
        KeepJournals();
        DirectorySync.SyncParentOf(_database);
        if (_existed && !linked) FileExchange.Exchange(_kept, _database);
        else FileSystem.Rename(staged, _database);
        _exchanged = true;
        DirectorySync.SyncParentOf(_database);
    }

    /// <summary>
    /// Puts the old database back, in one step, or removes the new one when there was none. Also after an exchange that failed halfway.
    /// </summary>
    internal void PutBack()
    {
        if (_exchanged)
        {
            RemoveJournals(_database);
            if (_existed) FileSystem.Rename(_kept, _database);
            else FileSystem.Remove(_database);
        }
        else
        {
            // The old database still has its name; this is its second one, or the new file.
            FileSystem.Remove(_kept);
        }

        foreach (var suffix in Journals) PutBackJournal(_database.WithSuffix(suffix), _kept.WithSuffix(suffix));
        DirectorySync.SyncParentOf(_database);
    }

    /// <summary>The new database has proven itself.</summary>
    internal void Drop()
    {
        FileSystem.Remove(_kept);
        foreach (var suffix in Journals) FileSystem.Remove(_kept.WithSuffix(suffix));
        DirectorySync.SyncParentOf(_database);
    }

    internal static void RemoveJournals(FilePath database)
    {
        foreach (var journal in SqliteRelatedFiles.Of(database)) FileSystem.Remove(journal);
    }

    // Journals that are still there belong to a database that SQLite could not settle, or to one that is gone.
    private void KeepJournals()
    {
        foreach (var suffix in Journals)
        {
            var journal = _database.WithSuffix(suffix);
            if (FileSystem.TryStatus(journal, followLinks: false) is not { IsFile: true, Size: > 0 }) continue;
            if (!TryLink(journal, _kept.WithSuffix(suffix))) FileSystem.Rename(journal, _kept.WithSuffix(suffix));
        }

        RemoveJournals(_database);
    }

    private static void PutBackJournal(FilePath journal, FilePath kept)
    {
        if (!FileSystem.Exists(kept)) return;
        if (FileSystem.Exists(journal)) FileSystem.Remove(kept);
        else FileSystem.Rename(kept, journal);
    }

    private bool TryLink(FilePath existing, FilePath name)
    {
        if (!_mayLink) return false;
        try
        {
            NodeWriter.Link(existing, name);
            return true;
        }
        catch (HoldfastException error) when (FileFailure.ErrnoOf(error)
            is Errno.NotPermitted or Errno.NotSupported or Errno.NotImplemented or Errno.TooManyLinks)
        {
            return false;
        }
    }
}
