using System.Globalization;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.BaseBackups;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Whether the databases of servers can be reached and dumped, and hold now what a drill will want to see.</summary>
internal sealed class ServedDatabaseInspection(ApplicationManifest application, FindingList findings, TimeProvider clock)
{
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var database in application.ServedDatabases)
        {
            string[] keys = ["databases", database.Name, "postgres"];
            try
            {
                var server = await PostgresServer.ResolveAsync(database.Address, clock, cancellationToken).ConfigureAwait(false);
                if (database.Form == ServedForm.Physical) await CheckBaseBackupAsync(server, keys, cancellationToken).ConfigureAwait(false);
                else await CheckDumpAsync(server, keys, cancellationToken).ConfigureAwait(false);
                await CheckContentAsync(database, server, cancellationToken).ConfigureAwait(false);
            }
            catch (HoldfastException error)
            {
                findings.Error(keys, error.Message, error.Hint);
            }
        }
    }

    private async Task CheckBaseBackupAsync(PostgresServer server, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var facts = await ClusterFacts.ReadAsync(server, cancellationToken).ConfigureAwait(false);
        using (await ReplicationConnection.OpenAsync(server, cancellationToken).ConfigureAwait(false))
        {
            if (facts.HasChecksums) return;
            findings.Warning(keys, $"the pages of {server.ServerDisplay} carry no checksums: a backup cannot see that the disk damaged one", "stop it and run pg_checksums --enable; drills compare tables with their indexes");
        }
    }

    private async Task CheckDumpAsync(PostgresServer server, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var snapshot = await PostgresSnapshot.OpenAsync(server, clock, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            await PostgresTools.OfSystem(clock).RequireAsync("pg_dump", snapshot.Version.Major, cancellationToken).ConfigureAwait(false);
            if (snapshot.IsStandby)
                findings.Warning(keys, $"{server.ServerDisplay} is a standby: backups work, but long ones may be cancelled by its replay, and nothing can be restored into it", "see max_standby_streaming_delay; name the primary to restore");
            var unreadable = await snapshot.UnreadableTablesAsync(cancellationToken).ConfigureAwait(false);
            if (unreadable.Count > 0)
            {
                findings.Error(
                    keys,
                    $"the role {Quoted.Text(server.User)} may not read {unreadable.Count} of the tables, the first is {Quoted.Text(unreadable[0])}",
                    "every backup would fail: grant pg_read_all_data to it, or use the owner of the database");
            }
        }
    }

    private async Task CheckContentAsync(ServedDatabaseDeclaration database, PostgresServer server, CancellationToken cancellationToken)
    {
        var checks = await PostgresDatabaseChecks.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (checks.ConfigureAwait(false))
        {
            var tables = (await checks.TablesAsync(cancellationToken).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
            for (var i = 0; i < database.ExpectTables.Count; i++)
            {
                if (tables.Contains(database.ExpectTables[i])) continue;
                var hint = Spelling.Nearest(database.ExpectTables[i], tables) is { } nearest ? $"did you mean {Quoted.Text(nearest)}?" : "every drill would fail; correct or remove it";
                findings.Error(Item(database, "expect_tables", i), $"there is no table {Quoted.Text(database.ExpectTables[i])} in it now", hint);
            }

            for (var i = 0; i < database.Assertions.Count; i++)
            {
                if (await checks.AssertAsync(database.Assertions[i], cancellationToken).ConfigureAwait(false) is { Holds: false, Detail: var detail })
                    findings.Error(Item(database, "assertions", i), $"this does not hold now: {detail}", "every drill would fail; correct the query or the data");
            }
        }
    }

    private static string[] Item(ServedDatabaseDeclaration database, string list, int index) =>
        ["databases", database.Name, list, index.ToString(CultureInfo.InvariantCulture)];
}
