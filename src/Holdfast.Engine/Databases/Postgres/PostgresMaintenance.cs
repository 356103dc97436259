using System.Data;
using System.Globalization;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// Makes, renames and drops databases of a server, over a connection to one that is none of them. What is made for a restore carries a name of its own and
/// a lock (pg_advisory_lock) that goes with this connection: whoever finds such a database unlocked may remove it.
/// </summary>
public sealed class PostgresMaintenance : IAsyncDisposable
{
    /// <summary>What names of databases that a restore is at begin with.</summary>
    private const string UnfinishedPrefix = "holdfast_new_";

    /// <summary>Bytes of a name; the server cuts longer ones (NAMEDATALEN).</summary>
    private const int LongestName = 63;

    /// <summary>The version from which on a database can be dropped with its connections.</summary>
    private const int ForceSince = 13;

    private readonly NpgsqlConnection _connection;

    private PostgresMaintenance(PostgresServer server, NpgsqlConnection connection, PostgresVersion version) => (Server, _connection, Version) = (server, connection, version);

    /// <summary>The server, with the database that this is connected to.</summary>
    public PostgresServer Server { get; }

    public PostgresVersion Version { get; }

    /// <summary>Connects to the database <c>postgres</c>, else to <c>template1</c>.</summary>
    /// <exception cref="HoldfastException">Unavailable, Busy: no connection. Refused: the server is a standby.</exception>
    public static async Task<PostgresMaintenance> OpenAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var (place, connection) = await ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        try
        {
            var (version, isStandby) = (await connection.QueryAsync(
                place,
                "select current_setting('server_version_num')::int, pg_is_in_recovery()",
                row => (new PostgresVersion(row.GetInt32(0)), row.GetBoolean(1)),
                cancellationToken).ConfigureAwait(false))[0];
            return isStandby
                ? throw new HoldfastException(FailureKind.Refused, $"{server.ServerDisplay} is a standby, into which nothing can be restored", "name its primary")
                : new PostgresMaintenance(place, connection, version);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<bool> ExistsAsync(string database, CancellationToken cancellationToken) =>
        await _connection.ScalarAsync(Server, "select 1 from pg_database where datname = $1", cancellationToken, database).ConfigureAwait(false) is not null;

    /// <summary>Which of these extensions the server does not have.</summary>
    public async Task<IReadOnlyList<string>> MissingExtensionsAsync(IEnumerable<string> extensions, CancellationToken cancellationToken)
    {
        var there = await _connection.QueryAsync(Server, "select name::text from pg_available_extensions", row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        return [.. extensions.Except(there, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Those who are connected to a database.</summary>
    public async Task<IReadOnlyList<PostgresSession>> SessionsAsync(string database, CancellationToken cancellationToken) => await _connection.QueryAsync(
        Server,
        """
        select pid, coalesce(usename, '')::text, coalesce(application_name, '')::text, coalesce(host(client_addr), 'local'), coalesce(state, '')::text
        from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() order by pid
        """,
        row => new PostgresSession(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4)),
        cancellationToken,
        database).ConfigureAwait(false);

    /// <summary>Makes an empty database for a restore, locked until this object is disposed of.</summary>
    /// <param name="owner">Null or not there: the role of this connection.</param>
    /// <param name="encoding">As pg_database has it; null for the server's.</param>
    /// <param name="collate">As pg_database has it; null for the server's.</param>
    /// <param name="ctype">As pg_database has it; null for the server's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Its name.</returns>
    public async Task<string> CreateUnfinishedAsync(string? owner, string? encoding, string? collate, string? ctype, CancellationToken cancellationToken)
    {
        var name = UnfinishedPrefix + Guid.NewGuid().ToString("n");
        await _connection.ScalarAsync(Server, "select pg_advisory_lock(hashtextextended($1, 0))::text", cancellationToken, name).ConfigureAwait(false);
        var sql = $"create database {PostgresConnections.Identifier(name)} template template0";
        if (owner is not null && await HasRoleAsync(owner, cancellationToken).ConfigureAwait(false)) sql += $" owner {PostgresConnections.Identifier(owner)}";
        if (encoding is not null) sql += $" encoding {PostgresConnections.Literal(encoding)}";
        if (!string.IsNullOrEmpty(collate)) sql += $" lc_collate {PostgresConnections.Literal(collate)}";
        if (!string.IsNullOrEmpty(ctype)) sql += $" lc_ctype {PostgresConnections.Literal(ctype)}";
        await _connection.ExecuteAsync(Server, sql, cancellationToken).ConfigureAwait(false);
        return name;
    }

    /// <summary>Drops what restores that were killed have left.</summary>
    /// <returns>The names.</returns>
    public async Task<IReadOnlyList<string>> RemoveLeftoversAsync(CancellationToken cancellationToken)
    {
        var left = await _connection.QueryAsync(
            Server,
            "select datname::text from pg_database where datname ^@ $1 and pg_try_advisory_lock(hashtextextended(datname::text, 0))",
            row => row.GetString(0),
            cancellationToken,
            UnfinishedPrefix).ConfigureAwait(false);
        foreach (var name in left) await DropAsync(name, cancellationToken).ConfigureAwait(false);
        return left;
    }

    /// <summary>Drops a database, and ends those who are connected to it; fine when it is not there.</summary>
    public Task DropAsync(string database, CancellationToken cancellationToken) => _connection.ExecuteAsync(
        Server,
        $"drop database if exists {PostgresConnections.Identifier(database)}{(Version.Major >= ForceSince ? " with (force)" : string.Empty)}",
        cancellationToken);

    /// <summary>Gives a new database its name, which must be free.</summary>
    public Task RenameAsync(string from, string to, CancellationToken cancellationToken) =>
        _connection.ExecuteAsync(Server, $"alter database {PostgresConnections.Identifier(from)} rename to {PostgresConnections.Identifier(to)}", cancellationToken);

    /// <summary>
    /// Puts a new database in the place of another one: in one transaction, so that at every instant exactly one of them has the name, also when this
    /// process is killed. Nobody may be connected to either; those who want to connect wait meanwhile, and the server gives those who are some seconds to go.
    /// </summary>
    /// <param name="database">The name.</param>
    /// <param name="replacement">The new database.</param>
    /// <param name="kept">The name of the old one from then on.</param>
    /// <param name="cancellationToken">Ends it before.</param>
    /// <exception cref="HoldfastException">Busy: somebody is connected. Nothing has changed.</exception>
    public async Task SwapAsync(string database, string replacement, string kept, CancellationToken cancellationToken)
    {
        var (old, now, aside) = (PostgresConnections.Identifier(database), PostgresConnections.Identifier(replacement), PostgresConnections.Identifier(kept));
        try
        {
            await _connection.ExecuteAsync(Server, $"begin; alter database {old} rename to {aside}; alter database {now} rename to {old}; commit", cancellationToken).ConfigureAwait(false);
        }
        catch when (_connection.State == ConnectionState.Open)
        {
            await _connection.ExecuteAsync(Server, "rollback", CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends all who are connected to a database.</summary>
    /// <exception cref="HoldfastException">Failed: the role may not end others.</exception>
    public Task EndSessionsAsync(string database, CancellationToken cancellationToken) => _connection.QueryAsync(
        Server,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
        row => row.GetBoolean(0),
        cancellationToken,
        database);

    /// <summary>A name for what was replaced at a moment, which is free.</summary>
    public async Task<string> FreeNameAsync(string database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ending = string.Create(CultureInfo.InvariantCulture, $"_before_restore_{now.UtcDateTime:yyyyMMdd_HHmmss}");
        var beginning = database;
        while (System.Text.Encoding.UTF8.GetByteCount(beginning + ending) > LongestName) beginning = beginning[..^(char.IsLowSurrogate(beginning[^1]) ? 2 : 1)];
        var name = beginning + ending;
        return await ExistsAsync(name, cancellationToken).ConfigureAwait(false)
            ? throw new HoldfastException(FailureKind.Busy, $"there is a database {Quoted.Text(name)} already", "drop it, or try again in a second")
            : name;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    internal Task ExecuteAsync(string sql, CancellationToken cancellationToken) => _connection.ExecuteAsync(Server, sql, cancellationToken);

    internal Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] parameters) =>
        _connection.QueryAsync(Server, sql, read, cancellationToken, parameters);

    private static async Task<(PostgresServer Place, NpgsqlConnection Connection)> ConnectAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var usual = server.With("postgres");
        try
        {
            return (usual, await PostgresConnections.OpenAsync(usual, cancellationToken).ConfigureAwait(false));
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            var template = server.With("template1");
            return (template, await PostgresConnections.OpenAsync(template, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task<bool> HasRoleAsync(string role, CancellationToken cancellationToken) =>
        await _connection.ScalarAsync(Server, "select 1 from pg_roles where rolname = $1", cancellationToken, role).ConfigureAwait(false) is not null;
}
