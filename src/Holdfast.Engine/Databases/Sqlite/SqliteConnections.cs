using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>The door to SQLite for everything that runs SQL. Connections are not pooled: a closed one has let go of its file.</summary>
public static class SqliteConnections
{
    /// <summary>Opens a database that exists, for reading and writing.</summary>
    public static SqliteConnection Open(string path) => Open(path, SqliteOpenMode.ReadWrite);

    /// <summary>Opens a database that exists, for reading only.</summary>
    public static SqliteConnection OpenReadOnly(string path) => Open(path, SqliteOpenMode.ReadOnly);

    /// <summary>Opens a database, making it when it does not exist.</summary>
    public static SqliteConnection OpenOrCreate(string path) => Open(path, SqliteOpenMode.ReadWriteCreate);

    /// <summary>Opens a database. Throws <see cref="Restic.Failures.HoldfastException"/> when it cannot be opened.</summary>
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        SqliteLibrary.EnsureLoaded();
        var full = Path.GetFullPath(path);
        if (mode is not SqliteOpenMode.ReadWriteCreate) CheckExists(full);
        var settings = new SqliteConnectionStringBuilder { DataSource = full, Mode = mode, Pooling = false, DefaultTimeout = 30 };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException failure)
        {
            connection.Dispose();
            throw SqliteFailures.From(failure, full);
        }
    }

    // Looking through SQLite's own file layer would open the file; a path's existence needs no descriptor.
    internal static void CheckExists(string path)
    {
        if (!Path.Exists(path)) throw SqliteFailures.Missing(path);
    }

    /// <summary>The version of the SQLite library in use.</summary>
    public static string LibraryVersion => SqliteLibrary.Version;

    /// <summary>Runs a statement without a result.</summary>
    public static void Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row; null when there is no row or it is NULL.</summary>
    public static object? Scalar(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar() is var value and not DBNull ? value : null;
    }

    /// <summary>A command with its parameters bound.</summary>
    public static SqliteCommand Command(
        this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    /// <summary>Stops the connection's running statements when a token is cancelled, until the result is disposed of.</summary>
    internal static CancellationTokenRegistration InterruptOn(this SqliteConnection connection, CancellationToken cancellation) =>
        cancellation.Register(static handle => raw.sqlite3_interrupt((sqlite3)handle!), connection.Handle);
}
