using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>
/// The old database, kept beside the new one as <c>NAME.before-restore-TIME</c> with what SQLite needs of its journals, until the new one
/// has proven itself. Both are locked against other processes where that matters.
/// </summary>
internal sealed class KeptDatabase : IDisposable
{
    private readonly FilePath _database;
    private readonly FilePath _kept;
    private readonly KeptJournals _journals;
    private readonly bool _mayLink;
    private ByteRangeLock? _oldLock;
    private ByteRangeLock? _newLock;
    private FileIdentity _newIdentity;
    private bool _existed;
    private bool _exchanged;
    private bool _opened;

    private KeptDatabase(FilePath database, FilePath kept, bool mayLink)
    {
        (_database, _kept, _mayLink) = (database, kept, mayLink);
        _journals = new KeptJournals(database, kept, TryLink);
    }

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

    /// <summary>Keeps other processes out of the old database, until it is dropped or put back.</summary>
    /// <exception cref="HoldfastException">Busy: another process is in it.</exception>
    internal void LockOld()
    {
        if (FileSystem.TryStatus(_database, followLinks: false) is not { IsFile: true }) return;
        _oldLock = DatabaseLock.Take(_database, _database);
        if (FileSystem.Status(_database, followLinks: false).Identity != _oldLock.Identity)
            throw new HoldfastException(FailureKind.Busy, $"\"{_database.Display}\" was replaced meanwhile", "stop what does that first");
    }

    /// <summary>
    /// Puts <paramref name="staged"/> in the place of the database, locked until <see cref="OpenToOthers"/>. Before the exchange nothing of
    /// the old state is lost, after it nothing of the old journals is left for the new database to meet.
    /// </summary>
    internal void ReplaceBy(FilePath staged)
    {
        _newLock = DatabaseLock.Take(staged, _database);
        _newIdentity = _newLock.Identity;
        _existed = FileSystem.Exists(_database);
        var linked = _existed && TryLink(_database, _kept);
        // Where there are no hard links, the new file takes the name of the kept one first, so that the exchange gives it to the old file.
        if (_existed && !linked) FileSystem.Rename(staged, _kept);
        _journals.Keep();
        DirectorySync.SyncParentOf(_database);
        if (_existed && !linked) FileExchange.Exchange(_kept, _database);
        else FileSystem.Rename(staged, _database);
        _exchanged = true;
        DirectorySync.SyncParentOf(_database);
    }

    /// <summary>
    /// Who opened the old file by its name before the exchange and has it open still; after the exchange their number cannot grow. They have
    /// not read or written a thing, because it is locked.
    /// </summary>
    internal IReadOnlyList<string> UsersOfOld() =>
        _oldLock is null ? [] : DatabaseUsers.Of(_oldLock.Identity, _database, CancellationToken.None).Users;

    /// <summary>Lets everyone use the new database.</summary>
    internal void OpenToOthers()
    {
        _newLock?.Dispose();
        _newLock = null;
        _opened = true;
    }

    /// <summary>
    /// Puts the old database back, in one step, or removes the new one when there was none; also after an exchange that failed halfway. Not
    /// when someone uses the new one already: his commits would be lost.
    /// </summary>
    /// <returns>What has become of it, as a part of a sentence; null when the old one had not lost its place.</returns>
    internal string? PutBack()
    {
        if (!_exchanged)
        {
            // The old database still has its name; this is its second one, or the new file.
            FileSystem.Remove(_kept);
            FinishPutBack();
            return null;
        }

        if (_opened && WhyNewMustStay() is { } why)
        {
            Dispose();
            return $"{why}, so it was left in place{(_existed ? $"; the old one is \"{_kept.Display}\"" : string.Empty)}";
        }

        var aside = _opened && KeptJournals.AnyInUse(_database) ? FreeAside() : null;
        if (aside is null) TakeNewAway();
        else SetNewAside(aside);
        FinishPutBack();
        var old = _existed ? $"the old database \"{_database.Display}\" was put back" : $"the new database \"{_database.Display}\" was removed";
        return aside is null ? old : $"{old}, and the new one, which someone has written to, is \"{aside.Display}\"";
    }

    /// <summary>The new database has proven itself.</summary>
    internal void Drop()
    {
        FileSystem.Remove(_kept);
        _journals.Drop();
        DirectorySync.SyncParentOf(_database);
        Dispose();
    }

    /// <summary>Lets go of the locks.</summary>
    public void Dispose()
    {
        _newLock?.Dispose();
        _oldLock?.Dispose();
    }

    // Null when the new database can be taken away: nobody is in it, and nobody gets in.
    private string? WhyNewMustStay()
    {
        if (FileSystem.TryStatus(_database, followLinks: false) is not { } status) return null;
        if (status.Identity != _newIdentity) return $"\"{_database.Display}\" is another file by now";
        _newLock = DatabaseLock.TryTake(_database, out _);
        var users = DatabaseUsers.Of([_database], CancellationToken.None).Users;
        if (users.Count > 0) return string.Join("; ", users);
        return _newLock is null ? $"\"{_database.Display}\" is locked by another process" : null;
    }

    private void TakeNewAway()
    {
        KeptJournals.Remove(_database);
        if (_existed) FileSystem.Rename(_kept, _database);
        else FileSystem.Remove(_database);
    }

    // What another process committed into a journal is part of the new database, so the two stay together.
    private void SetNewAside(FilePath aside)
    {
        KeptJournals.Move(_database, aside);
        if (!_existed)
        {
            FileSystem.Rename(_database, aside);
        }
        else if (TryLink(_database, aside))
        {
            FileSystem.Rename(_kept, _database);
        }
        else
        {
            FileExchange.Exchange(_kept, _database);
            FileSystem.Rename(_kept, aside);
        }
    }

    private FilePath FreeAside()
    {
        for (var number = 1; ; number++)
        {
            var aside = _kept.WithSuffix(number == 1 ? ".replaced" : $".replaced-{number}");
            if (!FileSystem.Exists(aside)) return aside;
        }
    }

    private void FinishPutBack()
    {
        _journals.PutBack();
        DirectorySync.SyncParentOf(_database);
        Dispose();
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
