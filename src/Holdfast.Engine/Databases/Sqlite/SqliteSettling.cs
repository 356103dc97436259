using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// Brings the whole state of a database that nobody uses into its one file: a hot journal is rolled back, a WAL is copied in, and SQLite
/// removes its journal files when the connection closes.
/// </summary>
public static class SqliteSettling
{
    /// <exception cref="Restic.Failures.HoldfastException">
    /// Busy: someone uses it. Damaged: SQLite cannot read it, and nothing was changed. NoSpace, Failed: as SQLite says.
    /// </exception>
    public static void Settle(string path)
    {
        try
        {
            using var connection = SqliteConnections.Open(path);
            // Reading anything at all makes SQLite recover first.
            connection.Scalar("select count(*) from sqlite_schema");
            var busy = Convert.ToInt64(connection.Scalar("PRAGMA wal_checkpoint(TRUNCATE)"), CultureInfo.InvariantCulture);
            if (busy != 0) throw SqliteFailures.Busy(path, null);
        }
        catch (SqliteException failure)
        {
            throw SqliteFailures.From(failure, path);
        }
    }
}
