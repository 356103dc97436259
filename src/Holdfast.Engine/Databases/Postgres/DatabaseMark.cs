using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// Tells whether somebody has written to a database: how many rows of each table were ever added, changed and deleted, as the server counts them, and which
/// file each table is. What the server does by itself (vacuum, statistics of the planner) does not show in it. Two that differ may still be of the same
/// rows: the counters begin anew after a crash of the server.
/// </summary>
internal static class DatabaseMark
{
    // Temporary tables come and go with their sessions; what is shared between databases is of none of them.
    private const string Question = """
        select current_setting('track_counts'),
            (select coalesce(sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0)::text from pg_stat_all_tables s join pg_class c on c.oid = s.relid
             where not c.relisshared and c.relpersistence <> 't' and c.relname not like 'pg\_statistic%'),
            (select coalesce(md5(string_agg(c.oid::text || ':' || c.relfilenode::text, ',' order by c.oid)), '') from pg_class c
             where c.oid >= 16384 and c.relpersistence <> 't')
        """;

    /// <returns>Null where the server does not count, so that nobody can tell.</returns>
    /// <exception cref="HoldfastException">No connection to the database.</exception>
    internal static async Task<string?> OfAsync(PostgresServer database, CancellationToken cancellationToken)
    {
        var connection = await PostgresConnections.OpenAsync(database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var (counts, rows, files) = (await connection.QueryAsync(
                database, Question, row => (row.GetString(0), row.GetString(1), row.GetString(2)), cancellationToken).ConfigureAwait(false))[0];
            return counts == "on" ? $"{rows} {files}" : null;
        }
    }
}
