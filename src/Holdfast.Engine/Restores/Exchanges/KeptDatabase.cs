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

    /// <summary>Somebody has written to the old database since it was saved.</summary>
    internal bool IsOldChanged => _item.IsOldChanged(Database);

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
        var outcome = PutOldBack();
        // Also what a process had put aside that was killed before it could tell.
        if (!outcome.IsBack || _item.NameAside(outcome.Sentence) is not { } aside) return outcome;
        return outcome with { Sentence = outcome.Sentence is { } told ? $"{told}; {aside}" : aside, IsRemark = true };
    }

    private KeptOutcome PutOldBack()
    {
        var present = SecondName.Identity(Database);
        if (present == _item.Old)
        {
            // The old database still has its name; the other is its second one, or the new file, whose journals may be put aside already.
            if (Existed && IsWrittenUnderKeptName()) FileSystem.Rename(Kept, KeptName.FreeAsideFor(Kept, Kept));
            else if (Existed) FileSystem.Remove(Kept);
            FinishPutBack();
            return new KeptOutcome(null, IsBack: true);
        }

        var isForeign = present is not null && present != _item.New;
        if (isForeign && (!Existed || SecondName.Identity(Kept) != _item.Old))
        {
            // Somebody replaced it before it was our turn, or after nothing was left to do: his is the present one.
            Dispose();
            return new KeptOutcome(null, IsBack: true);
        }

        if ((_opened || isForeign) && WhyNewMustStay() is { } why)
        {
            Dispose();
            return new KeptOutcome($"{why}, so it was left in place{(Existed ? $"; the old one is \"{Kept.Display}\"" : string.Empty)}", IsBack: false);
        }

        if (Existed && SecondName.Identity(Kept) != _item.Old)
        {
            Dispose();
            return new KeptOutcome($"the old database \"{Database.Display}\" is gone: \"{Kept.Display}\" is not there any more", IsBack: false, IsLost: true);
        }

        var isWritten = _opened && (KeptJournals.AnyInUse(Database) || _item.IsNewChanged(Database) || KeptName.AsideOf(Kept).Count > 0);
        var aside = isForeign || isWritten ? _item.FreeAside() : null;
        if (aside is null) TakeNewAway();
        else SetNewAside(aside);
        FinishPutBack();
        return Outcome(aside, isForeign);
    }

    private KeptOutcome Outcome(FilePath? aside, bool isForeign)
    {
        var old = Existed ? $"the old database \"{Database.Display}\" was put back" : $"the new database \"{Database.Display}\" was removed";
        if (aside is null) return new KeptOutcome(old, IsBack: true);
        var what = isForeign ? "what somebody else had put in its place" : "the new one, which someone has written to,";
        return new KeptOutcome($"{old}, and {what} is \"{aside.Display}\"", IsBack: true, IsRemark: true);
    }

    /// <summary>The new database has proven itself: removes the old one, unless somebody has written to it since it was saved.</summary>
    /// <returns>False when it stays for that.</returns>
    internal bool Drop()
    {
        if (Existed && SecondName.Identity(Kept) == _item.Old)
        {
            if (_item.IsOldChanged(Kept)) return false;
            FileSystem.Remove(Kept);
        }

        _journals.Drop();
        DirectorySync.SyncParentOf(Database);
        return true;
    }

    /// <summary>Lets go of the locks.</summary>
    public void Dispose()
    {
        _newLock?.Dispose();
        _oldLock?.Dispose();
        _newLock = _oldLock = null;
    }

    private bool IsWrittenUnderKeptName() =>
        SecondName.Identity(Kept) is { } kept && kept == _item.New && (_item.IsNewChanged(Kept) || KeptName.AsideOf(Kept).Count > 0);

    // Null when what is there can be taken away: nobody is in it, and nobody gets in.
    private string? WhyNewMustStay()
    {
        if (FileSystem.TryStatus(Database, followLinks: false) is not { } status) return null;
        _newLock?.Dispose();
        _newLock = status.IsFile ? DatabaseLock.TryTake(Database, out _) : null;
        var users = DatabaseUsers.Of([Database], CancellationToken.None).Users;
        if (users.Count > 0) return string.Join("; ", users);
        return _newLock is null && status.IsFile ? $"\"{Database.Display}\" is locked by another process" : null;
    }

    private void TakeNewAway()
    {
        KeptJournals.Remove(Database);
        if (Existed) FileSystem.Rename(Kept, Database);
        else FileSystem.Remove(Database);
    }

    // What another process committed into a journal is part of its database, so the two stay together.
    private void SetNewAside(FilePath aside)
    {
        if (SecondName.Identity(Database) is null)
        {
            // Only journals are left of it.
            KeptJournals.Move(Database, aside);
            if (Existed) FileSystem.Rename(Kept, Database);
        }
        else if (Existed && _second.TryGive(Database, aside))
        {
            // The file first: a kill in between leaves it a name beside its journals.
            KeptJournals.Move(Database, aside);
            FileSystem.Rename(Kept, Database);
        }
        else if (!Existed)
        {
            KeptJournals.Move(Database, aside);
            FileSystem.Rename(Database, aside);
        }
        else
        {
            KeptJournals.Move(Database, aside);
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

/// <summary>What has become of something that was to be put back.</summary>
/// <param name="Sentence">A part of a sentence; null when the old one had not lost its place.</param>
/// <param name="IsBack">The old state is there again.</param>
/// <param name="IsRemark">The sentence is to be told also where everything is back: something was put aside, or not everything could be set.</param>
/// <param name="IsLost">The old one is nowhere any more, and trying again changes nothing.</param>
internal sealed record KeptOutcome(string? Sentence, bool IsBack, bool IsRemark = false, bool IsLost = false);
