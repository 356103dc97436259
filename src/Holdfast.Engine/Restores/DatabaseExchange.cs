using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>
/// Exchanges databases in place for staged ones that have passed their check. A kill at any instant leaves each of them entirely old or
/// entirely new; when one does not work in its place, all are put back.
/// </summary>
internal sealed class DatabaseExchange(DatabaseVerification verification, RestoreLog log, string time)
{
    private readonly List<KeptDatabase> _exchanged = [];

    /// <exception cref="HoldfastException">Busy, or the new database does not work in its place: all are as before.</exception>
    internal void Exchange(IReadOnlyList<StagedFile> databases)
    {
        try
        {
            foreach (var database in databases) Exchange(database.Item.Destination, database.Path);
        }
        catch
        {
            PutBack();
            throw;
        }
    }

    /// <summary>Removes the kept old databases.</summary>
    internal void Drop()
    {
        foreach (var kept in _exchanged) kept.Drop();
        _exchanged.Clear();
    }

    private void Exchange(FilePath database, FilePath staged)
    {
        if (FileSystem.Exists(database)) Settle(database);
        // Looked at again at the last instant: settling may have taken long.
        DatabaseUsers.Refuse([database], CancellationToken.None);
        var identity = FileSystem.Status(staged, followLinks: false).Identity;
        var kept = KeptDatabase.Of(database, time);
        _exchanged.Add(kept);
        kept.ReplaceBy(staged);
        var problems = verification.CheckInPlace(database, identity);
        if (problems.Count == 0) return;
        throw new HoldfastException(
            FailureKind.Damaged,
            $"the restored database \"{database.Display}\" does not work in its place, so the old one was put back: "
            + string.Join("; ", problems.Select(PrintableName.Escape)),
            "restore it with --target to look into it");
    }

    /// <summary>
    /// Brings the old state into the one file, so that it can be kept under another name; what SQLite cannot read keeps its journals.
    /// </summary>
    private void Settle(FilePath database)
    {
        if (!SqliteFiles.HasHeader(database))
        {
            // SQLite would take its WAL for another's and delete it.
            log.Notice($"the old database \"{database.Display}\" could not be read by SQLite: {WhyNot(database)}");
            return;
        }

        try
        {
            SqliteSettling.Settle(database.ToString());
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            log.Notice($"the old database \"{database.Display}\" could not be read by SQLite: {error.Message}");
        }
    }

    private static string WhyNot(FilePath database) =>
        FileSystem.Status(database, followLinks: true).Size == 0 ? "it is empty" : "it does not start like one";

    private void PutBack()
    {
        foreach (var kept in Enumerable.Reverse(_exchanged)) kept.PutBack();
        _exchanged.Clear();
    }
}
