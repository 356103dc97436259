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

    /// <summary>Connects to the database <c>postgres</c>, or to <c>template1</c> where that is the one that is meant, or is not there.</summary>
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

    /// <summary>All databases with what tells one from another of the same name (pg_database.oid).</summary>
    public async Task<IReadOnlyDictionary<string, long>> IdentitiesAsync(CancellationToken cancellationToken) =>
        (await _connection.QueryAsync(Server, "select datname::text, oid::int8 from pg_database", row => (row.GetString(0), row.GetInt64(1)), cancellationToken).ConfigureAwait(false))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);

    /// <summary>Bytes of a database with its indexes; null where this role may not ask.</summary>
    public async Task<long?> BytesAsync(string database, CancellationToken cancellationToken) => await _connection.ScalarAsync(
        Server,
        "select pg_database_size(oid) from pg_database where datname = $1 and (has_database_privilege(oid, 'connect') or pg_has_role('pg_read_all_stats', 'usage'))",
        cancellationToken,
        database).ConfigureAwait(false) as long?;

    /// <summary>The folder of its data on its own machine; null where this role may not ask.</summary>
    public async Task<string?> DataDirectoryAsync(CancellationToken cancellationToken) => await _connection.ScalarAsync(
        Server,
        "select setting from pg_settings where name = 'data_directory'",
        cancellationToken).ConfigureAwait(false) as string;

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

    /// <summary>A name for a database that a restore is at.</summary>
    public static string NewName() => UnfinishedPrefix + Guid.NewGuid().ToString("n");

    /// <summary>Makes an empty database for a restore, locked until this object is disposed of.</summary>
    /// <param name="name">From <see cref="NewName"/>.</param>
    /// <param name="owner">Null or not there: the role of this connection.</param>
    /// <param name="encoding">As pg_database has it; null for the server's.</param>
    /// <param name="collate">As pg_database has it; null for the server's.</param>
    /// <param name="ctype">As pg_database has it; null for the server's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task CreateUnfinishedAsync(string name, string? owner, string? encoding, string? collate, string? ctype, CancellationToken cancellationToken)
    {
        await _connection.ScalarAsync(Server, "select pg_advisory_lock(hashtextextended($1, 0))::text", cancellationToken, name).ConfigureAwait(false);
        var sql = $"create database {PostgresConnections.Identifier(name)} template template0";
        if (owner is not null && await HasRoleAsync(owner, cancellationToken).ConfigureAwait(false)) sql += $" owner {PostgresConnections.Identifier(owner)}";
        if (encoding is not null) sql += $" encoding {PostgresConnections.Literal(encoding)}";
        if (!string.IsNullOrEmpty(collate)) sql += $" lc_collate {PostgresConnections.Literal(collate)}";
        if (!string.IsNullOrEmpty(ctype)) sql += $" lc_ctype {PostgresConnections.Literal(ctype)}";
        await _connection.ExecuteAsync(Server, sql, cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// Gives databases other names, one after the other and in one transaction: at every instant all have the names from before or those from then on, also
    /// when this process is killed. Nobody may be connected to them; those who want to connect wait meanwhile, and the server gives those who are some
    /// seconds to go.
    /// </summary>
    /// <param name="names">From which to which; the new ones must be free by then.</param>
    /// <param name="cancellationToken">Ends it before.</param>
    /// <exception cref="HoldfastException">Busy: somebody is connected. Nothing has changed.</exception>
    public async Task RenameAsync(IReadOnlyList<(string From, string To)> names, CancellationToken cancellationToken)
    {
        var steps = names.Select(pair => $"alter database {PostgresConnections.Identifier(pair.From)} rename to {PostgresConnections.Identifier(pair.To)}; ");
        try
        {
            await _connection.ExecuteAsync(Server, $"begin; {string.Concat(steps)}commit", cancellationToken).ConfigureAwait(false);
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

    /// <summary>A free name for a database that goes aside at a moment.</summary>
    /// <param name="database">Its name until then.</param>
    /// <param name="mark">Why, as a part of the name.</param>
    /// <param name="now">The moment.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task<string> FreeNameAsync(string database, string mark, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var taken = await IdentitiesAsync(cancellationToken).ConfigureAwait(false);
        for (var number = 1; ; number++)
        {
            var ending = string.Create(CultureInfo.InvariantCulture, $"_{mark}_{now.UtcDateTime:yyyyMMdd_HHmmss}{(number == 1 ? string.Empty : $"_{number}")}");
            var beginning = database;
            while (System.Text.Encoding.UTF8.GetByteCount(beginning + ending) > LongestName) beginning = beginning[..^(char.IsLowSurrogate(beginning[^1]) ? 2 : 1)];
            if (!taken.ContainsKey(beginning + ending)) return beginning + ending;
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    internal Task ExecuteAsync(string sql, CancellationToken cancellationToken) => _connection.ExecuteAsync(Server, sql, cancellationToken);

    internal Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] parameters) =>
        _connection.QueryAsync(Server, sql, read, cancellationToken, parameters);

    private static async Task<(PostgresServer Place, NpgsqlConnection Connection)> ConnectAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var usual = server.With(server.Database == "postgres" ? "template1" : "postgres");
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
