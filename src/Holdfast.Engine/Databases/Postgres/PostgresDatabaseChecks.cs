using System.Globalization;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>The questions that prove a restored database. The session only reads.</summary>
public sealed class PostgresDatabaseChecks : IAsyncDisposable
{
    /// <summary>The class of errors of a statement that is wrong in itself (PostgreSQL's documentation, appendix A).</summary>
    private const string MistakesInSql = "42";

    private readonly PostgresServer _server;
    private readonly NpgsqlConnection _connection;

    private PostgresDatabaseChecks(PostgresServer server, NpgsqlConnection connection) => (_server, _connection) = (server, connection);

    /// <exception cref="HoldfastException">Unavailable, NotFound, Busy: no connection.</exception>
    public static async Task<PostgresDatabaseChecks> OpenAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var connection = await PostgresConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync(server, "set default_transaction_read_only = on; set row_security = off", cancellationToken).ConfigureAwait(false);
            return new PostgresDatabaseChecks(server, connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tables, partitioned and foreign ones too, and views: <c>name</c> in the schema public, else <c>schema.name</c>.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(CancellationToken cancellationToken) => await _connection.QueryAsync(
        _server,
        """
        select case n.nspname when 'public' then c.relname::text else n.nspname || '.' || c.relname end
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1
        """,
        row => row.GetString(0),
        cancellationToken).ConfigureAwait(false);

    /// <summary>Rows of each table, as <see cref="PostgresSummary.Tables"/> has them.</summary>
    public Task<IReadOnlyDictionary<string, long>> RowCountsAsync(CancellationToken cancellationToken) =>
        new PostgresCatalog(_connection, _server).CountAsync(isStandby: false, cancellationToken);

    /// <summary>Names and versions.</summary>
    public Task<IReadOnlyDictionary<string, string>> ExtensionsAsync(CancellationToken cancellationToken) =>
        new PostgresCatalog(_connection, _server).ExtensionsAsync(cancellationToken);

    /// <summary>Indexes that the server does not use because they were not built to the end.</summary>
    public async Task<IReadOnlyList<string>> InvalidIndexesAsync(CancellationToken cancellationToken) => await _connection.QueryAsync(
        _server, "select indexrelid::regclass::text from pg_index where not indisvalid order by 1", row => row.GetString(0), cancellationToken).ConfigureAwait(false);

    /// <summary>Runs an assertion: one query whose first column of the first row must be true. One that is no such query does not hold.</summary>
    /// <exception cref="HoldfastException">The server failed.</exception>
    public async Task<AssertionResult> AssertAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            var values = await _connection.QueryAsync(_server, sql, First, cancellationToken).ConfigureAwait(false);
            if (values is []) return new AssertionResult(sql, false, "it gave no row");
            return IsTrue(values[0])
                ? new AssertionResult(sql, true, null)
                : new AssertionResult(sql, false, $"it gave {(values[0] is { } value ? Quoted.Text(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty) : "NULL")}");
        }
        catch (HoldfastException error) when (error.InnerException is PostgresException told && IsMistake(told))
        {
            return new AssertionResult(sql, false, told.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction
                ? "an assertion must only read"
                : $"PostgreSQL says: {PostgresFailures.Clean(told.MessageText)}");
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static object? First(NpgsqlDataReader row) => row.FieldCount == 0 || row.IsDBNull(0) ? null : row.GetValue(0);

    private static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool truth => truth,
        string text => text is "t" or "true" || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number != 0),
        IConvertible number => Convert.ToDecimal(number, CultureInfo.InvariantCulture) != 0,
        _ => false,
    };

    private static bool IsMistake(PostgresException told) =>
        told.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction || told.SqlState.StartsWith(MistakesInSql, StringComparison.Ordinal);
}
