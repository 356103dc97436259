using System.Globalization;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// Finds a pooler such as PgBouncer that gives the server's connection to others between transactions: settings and snapshots of a session are then not
/// its own, and a dump through it can be of two states or fail in the middle.
/// </summary>
internal static class Pooling
{
    private const int Attempts = 3;

    /// <exception cref="HoldfastException">Failed: the way to the server leads through such a pooler.</exception>
    internal static async Task RefuseAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var first = await PostgresConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (first.ConfigureAwait(false))
        {
            // A pooler answers for the server at the beginning, and says that the process is one of its own.
            if (await BackendAsync(first, server, cancellationToken).ConfigureAwait(false) == first.ProcessID) return;
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (await IsSharedAsync(first, server, cancellationToken).ConfigureAwait(false)) throw Refusal(server);
            }
        }
    }

    // A second connection that reaches the process of the first one, which is still open: it belongs to neither.
    private static async Task<bool> IsSharedAsync(NpgsqlConnection first, PostgresServer server, CancellationToken cancellationToken)
    {
        var before = await BackendAsync(first, server, cancellationToken).ConfigureAwait(false);
        var second = await PostgresConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (second.ConfigureAwait(false))
        {
            return await BackendAsync(second, server, cancellationToken).ConfigureAwait(false) == before
                || await BackendAsync(first, server, cancellationToken).ConfigureAwait(false) != before;
        }
    }

    private static async Task<int> BackendAsync(NpgsqlConnection connection, PostgresServer server, CancellationToken cancellationToken) =>
        Convert.ToInt32(await connection.ScalarAsync(server, "select pg_backend_pid()", cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);

    private static HoldfastException Refusal(PostgresServer server) => new(
        FailureKind.Refused,
        $"{server.ServerDisplay} is a pooler that gives connections away between transactions, such as PgBouncer with pool_mode = transaction: a dump needs a session of its own",
        "name the server itself, or a pool with pool_mode = session");
}
