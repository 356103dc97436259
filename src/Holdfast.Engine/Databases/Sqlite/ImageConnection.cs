using System.Globalization;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// The connection that an image is read through, on SQLite's C interface: it must report SQLITE_BUSY at once instead of waiting,
/// and it lends its own files. It never changes the database, apart from the recovery that every reader of it has to do.
/// </summary>
internal sealed class ImageConnection : IDisposable
{
    private readonly sqlite3 _database;
    private bool _disposed;

    private ImageConnection(sqlite3 database, string path, bool readOnly) => (_database, Path, IsReadOnly) = (database, path, readOnly);

    public string Path { get; }

    public bool IsReadOnly { get; }

    /// <summary>The database's file; it is open after the first read.</summary>
    public SqliteFile Database => SqliteFile.Of(_database.DangerousGetHandle(), LibSqlite.FilePointer);

    /// <summary>The WAL, or the rollback journal.</summary>
    public SqliteFile Journal => SqliteFile.Of(_database.DangerousGetHandle(), LibSqlite.JournalPointer);

    /// <summary>
    /// Opens a database, never creating it: for writing if it may be written, since a leftover journal has to be rolled back and the
    /// wal-index to be made; else for reading.
    /// </summary>
    public static ImageConnection Open(string path)
    {
        SqliteLibrary.EnsureLoaded();
        var database = OpenRaw(path, raw.SQLITE_OPEN_READWRITE);
        // A new journal or WAL beside the database belongs to the database's owner: SQLite sees to that when it runs as root.
        var connection = new ImageConnection(database, path, raw.sqlite3_db_readonly(database, "main") == 1);
        // Without this, closing the last connection would checkpoint the user's WAL and delete it.
        raw.sqlite3_db_config(database, LibSqlite.NoCheckpointOnClose, 1, out _);
        // A file shorter than its header says is refused otherwise; it is to be saved as it is, loudly. Nothing is written.
        connection.Check(connection.Execute("PRAGMA writable_schema=ON"));
        return connection;
    }

    /// <summary>Opens a read transaction and looks at page 1, without parsing the schema: SQLITE_OK or SQLITE_BUSY.</summary>
    public int BeginRead()
    {
        var result = Execute("BEGIN");
        if (result == LibSqlite.Ok) result = Execute("PRAGMA main.schema_version");
        if (result == LibSqlite.Ok) return result;
        if (raw.sqlite3_get_autocommit(_database) == 0) Execute("ROLLBACK");
        // SQLITE_PROTOCOL: many readers starting at once in WAL mode; it passes like a lock does.
        if ((result & 0xff) is raw.SQLITE_BUSY or raw.SQLITE_PROTOCOL) return LibSqlite.Busy;
        throw Failure(result);
    }

    /// <summary>Ends the read transaction. In WAL mode the connection still keeps the log and the wal-index from being removed.</summary>
    public void EndRead() => Check(Execute("COMMIT"));

    public bool IsWal() => string.Equals(Text("PRAGMA main.journal_mode"), "wal", StringComparison.OrdinalIgnoreCase);

    public int PageSize() => int.Parse(Text("PRAGMA main.page_size"), CultureInfo.InvariantCulture);

    /// <summary>Throws the failure that a result of one of the connection's files means.</summary>
    public void Check(int result)
    {
        if (result != LibSqlite.Ok) throw Failure(result);
    }

    public Exception Failure(int result)
    {
        var message = raw.sqlite3_errstr(result).utf8_to_string();
        return SqliteFailures.From(result, message, Path);
    }

    /// <summary>
    /// Closes without touching the user's WAL. Only a WAL of 0 bytes may go as it does when any last connection closes: then the
    /// directory is left as it was found when the application is not running.
    /// </summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        var journal = Journal;
        if (!IsReadOnly && journal.IsOpen && journal.Size(out var size) == LibSqlite.Ok && size == 0)
            raw.sqlite3_db_config(_database, LibSqlite.NoCheckpointOnClose, 0, out _);
        raw.sqlite3_close_v2(_database);
        _database.Dispose();
    }

    private static sqlite3 OpenRaw(string path, int flags)
    {
        var result = raw.sqlite3_open_v2(path, out var database, flags | raw.SQLITE_OPEN_FULLMUTEX, null);
        if (result == LibSqlite.Ok)
        {
            raw.sqlite3_extended_result_codes(database, 1);
            return database;
        }

        var message = raw.sqlite3_errmsg(database).utf8_to_string();
        raw.sqlite3_close_v2(database);
        throw SqliteFailures.From(result, message, path);
    }

    private int Execute(string sql) => raw.sqlite3_exec(_database, sql);

    private string Text(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out var statement));
        using (statement)
        {
            var result = raw.sqlite3_step(statement);
            if (result != raw.SQLITE_ROW) throw Failure(result);
            return raw.sqlite3_column_text(statement, 0).utf8_to_string();
        }
    }
}
