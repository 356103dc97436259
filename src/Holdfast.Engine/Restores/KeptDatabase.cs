using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>
/// The old database, kept beside the new one as <c>NAME.before-restore-TIME</c> with what SQLite needs of its journals, until the new one has proven itself.
/// </summary>
internal sealed class KeptDatabase
{
    // The wal-index is made again from the WAL.
    private static readonly string[] Journals = ["-wal", "-journal"];

    private readonly FilePath _database;
    private readonly FilePath _kept;

    private KeptDatabase(FilePath database, FilePath kept) => (_database, _kept) = (database, kept);

    /// <summary>Finds a free name.</summary>
    internal static KeptDatabase Of(FilePath database, string time)
    {
        for (var number = 1; ; number++)
        {
            var kept = database.WithSuffix($".before-restore-{time}{(number == 1 ? string.Empty : $"-{number}")}");
            if (!FileSystem.Exists(kept)) return new KeptDatabase(database, kept);
        }
    }

    internal FilePath Path => _kept;

    /// <summary>
    /// Puts <paramref name="staged"/> in the place of the database. Before the exchange nothing of the old state is lost, after it nothing of the old
    /// journals is left for the new database to meet.
    /// </summary>
    internal void ReplaceBy(FilePath staged)
    {
        var exists = FileSystem.Exists(_database);
        var linked = exists && TryLink(_database, _kept);
        // Where there are no hard links, the new file takes the name of the kept one first, so that the exchange gives it to the old file.
        if (exists && !linked) FileSystem.Rename(staged, _kept);
        KeepJournals();
        DirectorySync.SyncParentOf(_database);
        if (exists && !linked) FileExchange.Exchange(_kept, _database);
        else FileSystem.Rename(staged, _database);
        DirectorySync.SyncParentOf(_database);
    }

    /// <summary>Puts the old database back, in one step, or removes the new one when there was none.</summary>
    internal void PutBack()
    {
        RemoveJournals(_database);
        if (FileSystem.Exists(_kept)) FileSystem.Rename(_kept, _database);
        else FileSystem.Remove(_database);
        foreach (var suffix in Journals)
            if (FileSystem.Exists(_kept.WithSuffix(suffix))) FileSystem.Rename(_kept.WithSuffix(suffix), _database.WithSuffix(suffix));
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
        foreach (var suffix in SqliteRelatedFiles.Of(string.Empty)) FileSystem.Remove(database.WithSuffix(suffix));
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

    private static bool TryLink(FilePath existing, FilePath name)
    {
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
