using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>What SQL tells about a cluster before a base backup of it.</summary>
/// <param name="Version">Of the server.</param>
/// <param name="IsStandby">It follows another one.</param>
/// <param name="HasChecksums">Its pages carry checksums.</param>
/// <param name="PageSize">Bytes.</param>
/// <param name="Superuser">A superuser that may log in; null when there is none.</param>
/// <param name="TablespaceNames">By their numbers.</param>
/// <param name="Extensions">Of the database that was named, and their versions.</param>
internal sealed record ClusterFacts(
    PostgresVersion Version,
    bool IsStandby,
    bool HasChecksums,
    int PageSize,
    string? Superuser,
    IReadOnlyDictionary<uint, string> TablespaceNames,
    IReadOnlyDictionary<string, string> Extensions)
{
    /// <summary>The first version that sends a base backup in the way this program reads.</summary>
    internal const int OldestMajor = 15;

    /// <exception cref="HoldfastException">Unavailable, NotFound, Busy: no connection. Refused: the server is too old.</exception>
    internal static async Task<ClusterFacts> ReadAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var connection = await PostgresConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var facts = (await connection.QueryAsync(
                server,
                """
                select current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('data_checksums') = 'on', current_setting('block_size')::int,
                    (select rolname::text from pg_roles where rolsuper and rolcanlogin order by oid limit 1)
                """,
                row => (Version: new PostgresVersion(row.GetInt32(0)), IsStandby: row.GetBoolean(1), HasChecksums: row.GetBoolean(2), PageSize: row.GetInt32(3), Superuser: row.IsDBNull(4) ? null : row.GetString(4)),
                cancellationToken).ConfigureAwait(false))[0];
            if (facts.Version.Major < OldestMajor) throw TooOld(server, facts.Version);
            var spaces = await connection.QueryAsync(
                server, "select oid::bigint, spcname::text from pg_tablespace", row => ((uint)row.GetInt64(0), row.GetString(1)), cancellationToken).ConfigureAwait(false);
            var extensions = await new PostgresCatalog(connection, server).ExtensionsAsync(cancellationToken).ConfigureAwait(false);
            return new ClusterFacts(
                facts.Version, facts.IsStandby, facts.HasChecksums, facts.PageSize, facts.Superuser, spaces.ToDictionary(space => space.Item1, space => space.Item2), extensions);
        }
    }

    private static HoldfastException TooOld(PostgresServer server, PostgresVersion version) => new(
        FailureKind.Refused,
        $"{server.ServerDisplay} is PostgreSQL {version}, and base backups are taken from PostgreSQL {OldestMajor} on",
        "save its databases as dumps (form: logical), or upgrade it");
}
