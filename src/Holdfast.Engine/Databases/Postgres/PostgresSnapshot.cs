using System.Data;
using System.Globalization;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// One state of a database, held in place by a transaction (repeatable read, read only) that exported it: everything that is read with
/// <see cref="Id"/> is of that state. Writers do not wait for it; only changes of tables' structure do, for the locks of those who read.
/// </summary>
public sealed class PostgresSnapshot : IAsyncDisposable
{
    /// <summary>How long to wait for a lock on a table, unless somebody says otherwise.</summary>
    public static readonly TimeSpan DefaultLockTime = TimeSpan.FromMinutes(1);

    private readonly NpgsqlConnection _connection;

    private PostgresSnapshot(PostgresServer server, NpgsqlConnection connection, string id, DateTimeOffset at, PostgresVersion version, bool isStandby, TimeSpan lockTime) =>
        (Server, _connection, Id, At, Version, IsStandby, LockTime) = (server, connection, id, at, version, isStandby, lockTime);

    public PostgresServer Server { get; }

    /// <summary>What <c>pg_dump --snapshot</c> and <c>set transaction snapshot</c> take.</summary>
    public string Id { get; }

    /// <summary>When the state was the newest, by this machine's clock.</summary>
    public DateTimeOffset At { get; }

    public PostgresVersion Version { get; }

    /// <summary>The server is in recovery: it follows another one.</summary>
    public bool IsStandby { get; }

    /// <summary>How long anything waits for a lock on a table.</summary>
    public TimeSpan LockTime { get; }

    /// <inheritdoc cref="OpenAsync(PostgresServer, TimeSpan, TimeProvider, CancellationToken)"/>
    public static Task<PostgresSnapshot> OpenAsync(PostgresServer server, TimeProvider clock, CancellationToken cancellationToken) =>
        OpenAsync(server, DefaultLockTime, clock, cancellationToken);

    /// <exception cref="HoldfastException">Unavailable, NotFound, Busy: no connection. Refused: it leads through a pooler that shares it.</exception>
    public static async Task<PostgresSnapshot> OpenAsync(PostgresServer server, TimeSpan lockTime, TimeProvider clock, CancellationToken cancellationToken)
    {
        await Pooling.RefuseAsync(server, cancellationToken).ConfigureAwait(false);
        var connection = await PostgresConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync(server, Begin(lockTime), cancellationToken).ConfigureAwait(false);
            var id = (string)(await connection.ScalarAsync(server, "select pg_export_snapshot()", cancellationToken).ConfigureAwait(false))!;
            var at = clock.GetUtcNow();
            var facts = (await connection.QueryAsync(
                server,
                "select current_setting('server_version_num')::int, pg_is_in_recovery()",
                row => (Version: new PostgresVersion(row.GetInt32(0)), IsStandby: row.GetBoolean(1)),
                cancellationToken).ConfigureAwait(false))[0];
            if (facts.Version.Major >= TransactionTimeoutSince) await connection.ExecuteAsync(server, "set transaction_timeout = 0", cancellationToken).ConfigureAwait(false);
            return new PostgresSnapshot(server, connection, id, at, facts.Version, facts.IsStandby, lockTime);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What the database held in this state. Counts every row, which reads every table.</summary>
    /// <exception cref="HoldfastException">Failed: a table may not be read. Busy: a lock on one was not to be had.</exception>
    public async Task<PostgresSummary> SummariseAsync(CancellationToken cancellationToken)
    {
        // What fails in a transaction ends it, and with it the snapshot that pg_dump works on meanwhile.
        await _connection.ExecuteAsync(Server, "savepoint holdfast", cancellationToken).ConfigureAwait(false);
        try
        {
            return await new PostgresCatalog(_connection, Server).SummariseAsync(IsStandby, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException) when (_connection.State == ConnectionState.Open)
        {
            await _connection.ExecuteAsync(Server, "rollback to savepoint holdfast", cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The tables that the role may not read: with one of them nothing can be dumped.</summary>
    public async Task<IReadOnlyList<string>> UnreadableTablesAsync(CancellationToken cancellationToken) => await _connection.QueryAsync(
        Server,
        """
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
            and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) order by 1
        """,
        row => row.GetString(0),
        cancellationToken).ConfigureAwait(false);

    /// <summary>Bytes of the database on the server.</summary>
    public async Task<long> BytesAsync(CancellationToken cancellationToken)
    {
        var connection = await PostgresConnections.OpenAsync(Server, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return Convert.ToInt64(
                await connection.ScalarAsync(Server, "select pg_database_size(current_database())", cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Who keeps readers of the database's tables waiting, one sentence each.</summary>
    public Task<IReadOnlyList<string>> LockHoldersAsync(CancellationToken cancellationToken) => LockHolders.ReadAsync(Server, cancellationToken);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>The version with which PostgreSQL got a limit to whole transactions.</summary>
    private const int TransactionTimeoutSince = 17;

    // As pg_dump does it: a policy that hides rows is an error and no gap, and no limit that an administrator set for others ends this.
    private static string Begin(TimeSpan lockTime) => string.Create(CultureInfo.InvariantCulture, $"""
        begin isolation level repeatable read, read only;
        set local row_security = off;
        set local statement_timeout = 0;
        set local idle_in_transaction_session_timeout = 0;
        set local lock_timeout = {(int)lockTime.TotalMilliseconds}
        """);
}
