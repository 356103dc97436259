using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// The old database, kept beside the new one as <c>NAME.before-restore-TIME</c> with what SQLite needs of its journals, until the new one
/// has proven itself. Both are locked against other processes where that matters.
/// </summary>
internal sealed class KeptDatabase : IDisposable
{
    private readonly ExchangeItem _item;
    private readonly SecondName _second;
    private readonly KeptJournals _journals;
    private ByteRangeLock? _oldLock;
    private ByteRangeLock? _newLock;
    private bool _opened;

    /// <param name="item">The database that is replaced.</param>
    /// <param name="mayLink">False does as on a file system without hard links.</param>
    internal KeptDatabase(ExchangeItem item, bool mayLink = true)
    {
        _item = item;
        _second = new SecondName(mayLink);
        _journals = new KeptJournals(Database, Kept, _second.TryGive);
        // What was exchanged before this process began may have been opened by anybody since.
        _opened = IsExchanged;
    }

    /// <summary>The new database is in its place.</summary>
    internal bool IsExchanged => SecondName.Identity(Database) == _item.New;

    private FilePath Database => _item.Destination;

    private FilePath Kept => _item.Kept!;

    private bool Existed => _item.Old is not null;

    /// <summary>Keeps other processes out of the old database, until it is dropped or put back.</summary>
    /// <exception cref="HoldfastException">Busy: another process is in it.</exception>
    internal void LockOld()
    {
        if (SecondName.Identity(Database) != _item.Old) throw Replaced();
        if (!Existed) return;
        _oldLock = DatabaseLock.Take(Database, Database);
        if (SecondName.Identity(Database)?.Inode != _oldLock.Identity.Inode) throw Replaced();
    }

    /// <summary>
    /// Puts the new database in its place, locked until <see cref="OpenToOthers"/>. Before the exchange nothing of the old state is lost,
    /// after it nothing of the old journals is left for the new database to meet. Done again after a kill, it goes on where that one was.
    /// </summary>
    internal void Replace()
    {
        var isOnTheWay = SecondName.Identity(Kept) == _item.New;
        _newLock = DatabaseLock.Take(isOnTheWay ? Kept : _item.Staged!, Database);
        var linked = Existed && !isOnTheWay && _second.TryGive(Database, Kept);
        // Where there are no hard links, the new file takes the name of the kept one first, so that the exchange gives it to the old file.
        if (Existed && !linked && !isOnTheWay) FileSystem.Rename(_item.Staged!, Kept);
        _journals.Keep();
        DirectorySync.SyncParentOf(Database);
        if (Existed && !linked) FileExchange.Exchange(Kept, Database);
        else FileSystem.Rename(_item.Staged!, Database);
        DirectorySync.SyncParentOf(Database);
    }

    /// <summary>
    /// Who opened the old file by its name before the exchange and has it open still; after the exchange their number cannot grow. They have
    /// not read or written a thing, because it is locked.
    /// </summary>
    internal IReadOnlyList<string> UsersOfOld() =>
        _oldLock is null ? [] : DatabaseUsers.Of(_oldLock.Identity, Database, CancellationToken.None).Users;

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
    /// <returns>What has become of it.</returns>
    internal KeptOutcome PutBack()
    {
        if (SecondName.Identity(Database) == _item.Old)
        {
            // The old database still has its name; the other is its second one, or the new file.
            if (Existed) FileSystem.Remove(Kept);
            FinishPutBack();
            return new KeptOutcome(null, IsBack: true);
        }

        if (_opened && WhyNewMustStay() is { } why)
        {
            Dispose();
            return new KeptOutcome($"{why}, so it was left in place{(Existed ? $"; the old one is \"{Kept.Display}\"" : string.Empty)}", IsBack: false);
        }

        if (Existed && SecondName.Identity(Kept) != _item.Old)
        {
            Dispose();
            return new KeptOutcome($"the old database is not \"{Kept.Display}\" any more, so the new one was left in place", IsBack: false);
        }

        var aside = _opened && KeptJournals.AnyInUse(Database) ? KeptName.FreeAsideFor(Kept) : null;
        if (aside is null) TakeNewAway();
        else SetNewAside(aside);
        FinishPutBack();
        var old = Existed ? $"the old database \"{Database.Display}\" was put back" : $"the new database \"{Database.Display}\" was removed";
        return new KeptOutcome(
            aside is null ? old : $"{old}, and the new one, which someone has written to, is \"{aside.Display}\"", IsBack: true, IsAside: aside is not null);
    }

    /// <summary>The new database has proven itself.</summary>
    internal void Drop()
    {
        if (Existed) FileSystem.Remove(Kept);
        _journals.Drop();
        DirectorySync.SyncParentOf(Database);
        Dispose();
    }

    /// <summary>Lets go of the locks.</summary>
    public void Dispose()
    {
        _newLock?.Dispose();
        _oldLock?.Dispose();
        _newLock = _oldLock = null;
    }

    // Null when the new database can be taken away: nobody is in it, and nobody gets in.
    private string? WhyNewMustStay()
    {
        if (FileSystem.TryStatus(Database, followLinks: false) is not { } status) return null;
        if (status.Inode != _item.New?.Inode) return $"\"{Database.Display}\" is another file by now";
        _newLock = DatabaseLock.TryTake(Database, out _);
        var users = DatabaseUsers.Of([Database], CancellationToken.None).Users;
        if (users.Count > 0) return string.Join("; ", users);
        return _newLock is null ? $"\"{Database.Display}\" is locked by another process" : null;
    }

    private void TakeNewAway()
    {
        KeptJournals.Remove(Database);
        if (Existed) FileSystem.Rename(Kept, Database);
        else FileSystem.Remove(Database);
    }

    // What another process committed into a journal is part of the new database, so the two stay together.
    private void SetNewAside(FilePath aside)
    {
        KeptJournals.Move(Database, aside);
        if (!Existed)
        {
            FileSystem.Rename(Database, aside);
        }
        else if (_second.TryGive(Database, aside))
        {
            FileSystem.Rename(Kept, Database);
        }
        else
        {
            FileExchange.Exchange(Kept, Database);
            FileSystem.Rename(Kept, aside);
        }
    }

    private void FinishPutBack()
    {
        _journals.PutBack();
        DirectorySync.SyncParentOf(Database);
        Dispose();
    }

    private HoldfastException Replaced() =>
        new(FailureKind.Busy, $"\"{Database.Display}\" was replaced meanwhile", "stop what does that first");
}

/// <summary>What has become of a database that was to be put back.</summary>
/// <param name="Sentence">A part of a sentence; null when the old one had not lost its place.</param>
/// <param name="IsBack">The old state is there again.</param>
/// <param name="IsAside">The new one was kept, because someone has written to it.</param>
internal sealed record KeptOutcome(string? Sentence, bool IsBack, bool IsAside = false);
