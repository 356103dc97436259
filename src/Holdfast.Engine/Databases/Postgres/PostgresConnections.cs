using System.Data;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Opens connections and runs statements; every failure comes as a <see cref="Restic.Failures.HoldfastException"/>.</summary>
internal static class PostgresConnections
{
    /// <exception cref="Restic.Failures.HoldfastException">Unavailable, NotFound, Busy: as <see cref="PostgresFailures"/> says.</exception>
    internal static async Task<NpgsqlConnection> OpenAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlDataSourceBuilder(server.ConnectionString);
        // The built-in types are all that is asked for, and behind a pooler nothing may depend on a session.
        builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false));
        var connection = builder.Build().CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
            throw PostgresFailures.From(failure, server);
        }
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    internal static Task ExecuteAsync(this NpgsqlConnection connection, PostgresServer server, string sql, CancellationToken cancellationToken) =>
        WithCommandAsync(connection, server, sql, [], (command, token) => command.ExecuteNonQueryAsync(token), cancellationToken);

    /// <summary>The first value of the first row; null for null and for no row.</summary>
    internal static Task<object?> ScalarAsync(
        this NpgsqlConnection connection, PostgresServer server, string sql, CancellationToken cancellationToken, params object[] parameters) =>
        WithCommandAsync(
            connection,
            server,
            sql,
            parameters,
            async (command, token) => await command.ExecuteScalarAsync(token).ConfigureAwait(false) is var value and not DBNull ? value : null,
            cancellationToken);

    /// <summary>All rows.</summary>
    internal static Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection, PostgresServer server, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] parameters) =>
        WithCommandAsync(
            connection,
            server,
            sql,
            parameters,
            async (command, token) =>
            {
                var rows = new List<T>();
                var reader = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(token).ConfigureAwait(false)) rows.Add(read(reader));
                }

                return rows;
            },
            cancellationToken);

    /// <summary>A name as it stands in SQL.</summary>
    internal static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>A text as it stands in SQL.</summary>
    internal static string Literal(string text) => (text.Contains('\\', StringComparison.Ordinal) ? "E'" : "'")
        + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    private static async Task<T> WithCommandAsync<T>(
        NpgsqlConnection connection,
        PostgresServer server,
        string sql,
        object[] parameters,
        Func<NpgsqlCommand, CancellationToken, Task<T>> run,
        CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            try
            {
                return await run(command, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException || connection.State != ConnectionState.Open)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw PostgresFailures.From(failure, server);
            }
        }
    }
}
