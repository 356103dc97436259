using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// Exchanges databases in place for staged ones that have passed their check. A kill at any instant leaves each of them entirely old or
/// entirely new; when one cannot be exchanged, all are put back.
/// </summary>
internal sealed class DatabaseExchange(RestoreLog log) : IDisposable
{
    private readonly List<KeptDatabase> _exchanged = [];

    /// <summary>For tests: called when the old database is locked and known to be unused, right before the exchange.</summary>
    internal Action<FilePath>? OnLocked { get; init; }

    /// <summary>
    /// Goes on with an old database that somebody has written to since it was saved: who does not drop it loses nothing. False refuses it.
    /// </summary>
    internal bool AcceptsChanges { get; set; }

    /// <exception cref="HoldfastException">Busy, or the exchange failed: all are as before.</exception>
    internal void Exchange(IReadOnlyList<ExchangeItem> databases)
    {
        try
        {
            foreach (var database in databases) Exchange(database);
        }
        catch (HoldfastException error)
        {
            var outcomes = PutBack().Select(outcome => outcome.Sentence).OfType<string>().ToList();
            if (outcomes.Count == 0) throw;
            throw new HoldfastException(error.Kind, $"{error.Message}; {string.Join("; ", outcomes)}", error.Hint, error);
        }
        catch
        {
            PutBack();
            throw;
        }
    }

    /// <summary>Puts back what was exchanged; done already after an exchange that failed.</summary>
    internal IReadOnlyList<KeptOutcome> PutBack()
    {
        var outcomes = Enumerable.Reverse(_exchanged).Select(kept => kept.PutBack()).ToList();
        _exchanged.Clear();
        return outcomes;
    }

    /// <summary>Lets go of the locks of what was neither dropped nor put back.</summary>
    public void Dispose()
    {
        foreach (var kept in _exchanged) kept.Dispose();
    }

    private void Exchange(ExchangeItem item)
    {
        var kept = new KeptDatabase(item);
        if (kept.IsExchanged) _exchanged.Add(kept);
        else Replace(kept, item.Destination);
    }

    private void Replace(KeptDatabase kept, FilePath database)
    {
        var settled = !FileSystem.Exists(database) || TrySettle(database);
        _exchanged.Add(kept);
        kept.LockOld();
        // Looked at again at the last instant: settling may have taken long, and who opened it then may have committed something.
        DatabaseUsers.Refuse([database], CancellationToken.None);
        if (settled && FileSystem.Exists(database) && KeptJournals.AnyInUse(database)) throw Written(database);
        // Who comes, commits and goes in the meantime leaves no journal. From here on nobody can.
        if (!AcceptsChanges && kept.IsOldChanged) throw Written(database);
        OnLocked?.Invoke(database);
        kept.Replace();
        if (kept.UsersOfOld() is { Count: > 0 } users) throw Opened(users);
        kept.OpenToOthers();
    }

    /// <summary>
    /// Brings what journals hold into the databases. What SQLite cannot read stays as it is: the exchange tells of it.
    /// </summary>
    /// <exception cref="HoldfastException">Busy, NoSpace, Failed: as <see cref="SqliteSettling.Settle"/>.</exception>
    internal static void SettleQuietly(IEnumerable<FilePath> databases)
    {
        using var silent = new DatabaseExchange(new RestoreLog());
        foreach (var database in databases.Where(path => FileSystem.Exists(path) && KeptJournals.AnyInUse(path))) silent.TrySettle(database);
    }

    /// <summary>
    /// Brings the old state into the one file, so that it can be kept under another name; what SQLite cannot read keeps its journals.
    /// </summary>
    private bool TrySettle(FilePath database)
    {
        if (!SqliteFiles.HasHeader(database))
        {
            // SQLite would take its WAL for another's and delete it.
            log.Notice($"the old database \"{database.Display}\" could not be read by SQLite: {WhyNot(database)}");
            return false;
        }

        try
        {
            SqliteSettling.Settle(database.ToString());
            return true;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            log.Notice($"the old database \"{database.Display}\" could not be read by SQLite: {error.Message}");
            return false;
        }
    }

    private static HoldfastException Written(FilePath database) => new(
        FailureKind.Busy, $"another process has written to \"{database.Display}\" a moment ago", "stop that first; or restore with --target to another folder");

    private static HoldfastException Opened(IReadOnlyList<string> users) => new(
        FailureKind.Busy,
        $"a database was opened while it was exchanged: {string.Join("; ", users)}",
        "stop that first; or restore with --target to another folder");

    private static string WhyNot(FilePath database) =>
        FileSystem.Status(database, followLinks: true).Size == 0 ? "it is empty" : "it does not start like one";
}
