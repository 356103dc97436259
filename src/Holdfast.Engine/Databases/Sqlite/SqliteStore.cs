using System.Data.Common;
using System.Globalization;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// A small database of Holdfast's own: WAL, durable at every commit, its tables made and changed by a list of migrations.
/// One store is used by one thread at a time; several processes may have it open.
/// </summary>
public sealed class SqliteStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly string _path;

    private SqliteStore(SqliteConnection connection, string path) => (_connection, _path) = (connection, path);

    /// <summary>Opens the store, making it when it does not exist, and brings its tables up to date.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="migrations">SQL that leads from version i to i + 1. A published one never changes; PRAGMA user_version counts them.</param>
    public static SqliteStore Open(string path, IReadOnlyList<string> migrations)
    {
        var store = new SqliteStore(SqliteConnections.OpenOrCreate(path), path);
        try
        {
            store.Execute("PRAGMA busy_timeout=30000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
            store.Migrate(migrations);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements without a result.</summary>
    public void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        try
        {
            _connection.Execute(sql, parameters);
        }
        catch (SqliteException failure)
        {
            throw SqliteFailures.From(failure, _path);
        }
    }

    /// <summary>The rows of a query.</summary>
    public IReadOnlyList<T> Query<T>(string sql, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        try
        {
            using var command = _connection.Command(sql, parameters);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read()) rows.Add(row(reader));
            return rows;
        }
        catch (SqliteException failure)
        {
            throw SqliteFailures.From(failure, _path);
        }
    }

    /// <summary>Does all of it or nothing. The write lock is taken first, so nothing that was read can have changed.</summary>
    public void InTransaction(Action work)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            work();
            Execute("COMMIT");
        }
        catch
        {
            // A full disk or an I/O error may have rolled back already.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) Execute("ROLLBACK");
            throw;
        }
    }

    public void Dispose() => _connection.Dispose();

    private void Migrate(IReadOnlyList<string> migrations) => InTransaction(() =>
    {
        var version = Convert.ToInt32(_connection.Scalar("PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > migrations.Count)
            throw new HoldfastException(
                FailureKind.Failed,
                $"{SqliteFailures.Quote(_path)} is of version {version}; this program knows {migrations.Count}",
                "a newer Holdfast has used it: update this one");
        for (var i = version; i < migrations.Count; i++) Execute(migrations[i]);
        Execute($"PRAGMA user_version={migrations.Count.ToString(CultureInfo.InvariantCulture)}");
    });
}
