using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Bench.Databases;

/// <summary>A prepared statement on SQLite's own interface: millions of rows are bound without an object each.</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    public Statement(SqliteConnection connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out _statement));
    }

    public Statement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    public Statement Bind(double value)
    {
        Check(raw.sqlite3_bind_double(_statement, ++_bound, value));
        return this;
    }

    public Statement Bind(string value)
    {
        Check(raw.sqlite3_bind_text(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Binds text given as UTF-8.</summary>
    public Statement Bind(ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, ++_bound, utf8));
        return this;
    }

    /// <summary>Runs it to its end and makes it ready to be bound again.</summary>
    public void Run()
    {
        _bound = 0;
        var result = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) Check(result);
    }

    public void Dispose() => _statement.Dispose();

    /// <summary>The first column of the only row, as a number.</summary>
    public static long Number(SqliteConnection connection, string sql) => Convert.ToInt64(connection.Scalar(sql), null);

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            throw new SqliteException(raw.sqlite3_errmsg(_connection.Handle).utf8_to_string(), result);
    }
}
