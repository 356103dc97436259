using System.Globalization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Tells who holds the locks that nobody can read beside (PostgreSQL's documentation, 13.3.1: ACCESS EXCLUSIVE).</summary>
internal static class LockHolders
{
    private const string Question = """
        select a.pid, coalesce(a.usename, '')::text, coalesce(a.application_name, '')::text, coalesce(a.state, '')::text,
            extract(epoch from now() - coalesce(a.xact_start, a.backend_start))::bigint, l.relation::regclass::text
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
        where l.mode = 'AccessExclusiveLock' and l.granted and l.relation is not null and a.pid <> pg_backend_pid()
            and l.database = (select oid from pg_database where datname = current_database())
        order by a.xact_start nulls last limit 5
        """;

    internal static async Task<IReadOnlyList<string>> ReadAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var connection = await PostgresConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.QueryAsync(
                server,
                Question,
                row => string.Create(
                    CultureInfo.InvariantCulture,
                    $"process {row.GetInt32(0)} (role {Quoted.Text(row.GetString(1))}, program {Quoted.Text(row.GetString(2))}, {row.GetString(3)}) "
                    + $"has locked {Quoted.Text(row.GetString(5))} for itself for {row.GetInt64(4)} s"),
                cancellationToken).ConfigureAwait(false);
        }
    }
}
