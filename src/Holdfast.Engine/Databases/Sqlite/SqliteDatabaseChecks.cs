using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Rows of a table that refer to a row that does not exist.</summary>
public sealed record ForeignKeyViolations(string Table, string Parent, long Rows);

/// <summary>
/// The checks that prove a restored database. The connection refuses every write and cannot attach other files.
/// Cancelling stops a running check. Errors of SQLite come as <see cref="HoldfastException"/>.
/// </summary>
public sealed class SqliteDatabaseChecks : IDisposable
{
    private const int LimitAttached = 7;
    private const int InstructionsBetweenLooks = 10_000;

    private readonly SqliteConnection _connection;
    private readonly string _name;
    private FilePath? _log;

    private SqliteDatabaseChecks(SqliteConnection connection, string name) => (_connection, _name) = (connection, name);

    /// <summary>Opens a restored database; for writing, so that a WAL database works, but nothing is written.</summary>
    public static SqliteDatabaseChecks Open(string path) => Open(path, path);

    /// <inheritdoc cref="Open(string)"/>
    /// <param name="path">The file.</param>
    /// <param name="name">What errors call the database: the path of a scratch copy tells nobody anything.</param>
    public static SqliteDatabaseChecks Open(string path, string name)
    {
        var connection = SqliteConnections.Open(path);
        try
        {
            connection.Execute("PRAGMA query_only=ON");
            raw.sqlite3_limit(connection.Handle, LimitAttached, 0);
            return new SqliteDatabaseChecks(connection, name);
        }
        catch (SqliteException failure)
        {
            connection.Dispose();
            throw SqliteFailures.From(failure, name);
        }
    }

    /// <summary>
    /// Opens a database that its application may have open: for writing if it may be written, because a reader of WAL needs that, but nothing is written,
    /// and the write-ahead log is not copied back at the end.
    /// </summary>
    public static SqliteDatabaseChecks OpenLive(string path)
    {
        var checks = Open(path);
        raw.sqlite3_db_config(checks._connection.Handle, LibSqlite.NoCheckpointOnClose, 1, out _);
        checks._log = FilePath.From(path).WithSuffix(SqliteRelatedFiles.Wal);
        return checks;
    }

    /// <summary>PRAGMA integrity_check: its messages, at most <paramref name="maximum"/>; none when the database is sound.</summary>
    public IReadOnlyList<string> IntegrityCheck(int maximum, CancellationToken cancellation)
    {
        try
        {
            var messages = Query($"PRAGMA integrity_check({maximum.ToString(CultureInfo.InvariantCulture)})", r => r.GetString(0), cancellation);
            if (messages is ["ok"]) return [];
            // Several findings of one database come as one message of many lines, below a line that only names the schema.
            var lines = messages.SelectMany(message => message.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Where(line => !line.StartsWith("*** in database ", StringComparison.Ordinal)).Take(maximum).ToList();
            return lines.Count > 0 ? lines : messages;
        }
        catch (HoldfastException damage) when (damage.Kind == FailureKind.Damaged)
        {
            // So damaged that the check itself cannot run: that is a finding, not a failure of the drill.
            return [damage.Message];
        }
    }

    /// <summary>PRAGMA foreign_key_check, summed up by table and the table referred to.</summary>
    public IReadOnlyList<ForeignKeyViolations> ForeignKeyCheck(CancellationToken cancellation) =>
        Query(
            "select \"table\", parent, count(*) from pragma_foreign_key_check group by 1, 2 order by 1, 2",
            r => new ForeignKeyViolations(r.GetString(0), r.GetString(1), r.GetInt64(2)),
            cancellation);

    /// <summary>The names of all tables, virtual ones too, and views, in the order of the schema.</summary>
    public IReadOnlyList<string> Tables(CancellationToken cancellation) =>
        Query("select name from sqlite_schema where type in ('table', 'view') order by rowid", r => r.GetString(0), cancellation);

    /// <summary>The application's own tables, virtual ones too, in the order of the schema: without SQLite's, and those that hold the content of virtual ones.</summary>
    public IReadOnlyList<string> ApplicationTables(CancellationToken cancellation) => Query(
        """
        select name from sqlite_schema as t
        where type = 'table' and substr(name, 1, 7) <> 'sqlite_' and not exists (
            select 1 from sqlite_schema as v
            where v.type = 'table' and v.rootpage = 0 and v.name <> t.name and substr(t.name, 1, length(v.name) + 1) = v.name || '_')
        order by rowid
        """,
        r => r.GetString(0),
        cancellation);

    /// <summary>Rows of every table that is stored in the file, to compare with <see cref="SqliteImageSummary.Tables"/>.</summary>
    public IReadOnlyList<TableRows> RowCounts(CancellationToken cancellation)
    {
        var names = Query(
            "select name from sqlite_schema where type = 'table' and rootpage > 0 order by rowid", r => r.GetString(0), cancellation);
        return [.. names.Select(name => new TableRows(name, CountRows(name, cancellation), IsComplete: true))];
    }

    /// <summary>Runs an assertion: one query whose first column of the first row must be true. One that is no such query does not hold.</summary>
    public AssertionResult Assert(string sql, CancellationToken cancellation)
    {
        List<object?> values;
        try
        {
            values = Query(sql, r => r.FieldCount == 0 || r.IsDBNull(0) ? null : r.GetValue(0), cancellation, onlyFirst: true);
        }
        catch (HoldfastException error) when (error.InnerException is SqliteException failure && SqliteFailures.IsMistakeInSql(failure))
        {
            return new AssertionResult(sql, false, SqliteFailures.IsWriteRefused(failure)
                ? "an assertion must only read"
                : $"SQLite says: {SqliteFailures.TextOf(failure)}");
        }

        if (values is []) return new AssertionResult(sql, false, "it gave no row");
        var holds = values[0] switch
        {
            long number => number != 0,
            double number => number != 0,
            string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number != 0,
            _ => false,
        };
        var shown = values[0] is null ? "NULL" : Convert.ToString(values[0], CultureInfo.InvariantCulture);
        return new AssertionResult(sql, holds, holds ? null : $"it gave {SqliteFailures.Quote(shown ?? "")}");
    }

    public void Dispose()
    {
        // An empty log, which opening a database that nobody uses has made, goes again.
        if (_log is not null && FileSystem.TryStatus(_log, followLinks: false) is { Size: 0 })
            raw.sqlite3_db_config(_connection.Handle, LibSqlite.NoCheckpointOnClose, 0, out _);
        _connection.Dispose();
    }

    private long CountRows(string table, CancellationToken cancellation)
    {
        var quoted = table.Replace("\"", "\"\"", StringComparison.Ordinal);
        return Query($"select count(*) from \"{quoted}\"", r => r.GetInt64(0), cancellation)[0];
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, CancellationToken cancellation, bool onlyFirst = false)
    {
        // The interrupt stops what runs now, the progress handler what begins in the same instant.
        raw.sqlite3_progress_handler(_connection.Handle, InstructionsBetweenLooks, _ => cancellation.IsCancellationRequested ? 1 : 0, null);
        using var registration = _connection.InterruptOn(cancellation);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            using var command = _connection.Command(sql);
            command.CommandTimeout = 0;
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read() && (!onlyFirst || rows.Count == 0)) rows.Add(row(reader));
            return rows;
        }
        catch (SqliteException failure)
        {
            cancellation.ThrowIfCancellationRequested();
            throw SqliteFailures.From(failure, _name);
        }
        finally
        {
            raw.sqlite3_progress_handler(_connection.Handle, 0, null, null);
        }
    }
}
