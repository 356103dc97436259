using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.EndToEnd.Databases;

/// <summary>The whole cluster of an application's database, by the real program: saved, proven, restored, and brought back without it.</summary>
public sealed class PostgresClusterTests(SharedPostgresCluster shared) : WorkplaceTests
{
    private string Scratch => Place["scratch"];

    // The runtime of a killed program leaves pipes there, too.
    private string[] Leftovers => Directory.GetDirectories(Scratch);

    private string Data => Path.Combine(Place.Application, ".holdfast", "databases", "main", "data");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        File.SetUnixFileMode(Place.Root, (UnixFileMode)0x1C9);
        Directory.CreateDirectory(Scratch);
        Place.Holdfast.With("TMPDIR", Scratch);
    }

    [Fact]
    public async Task A_cluster_is_backed_up_proven_shown_and_restored_and_restic_restores_it_too()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        var before = await cluster.QueryAsync(name, RichDatabase.Description);
        Declare(cluster, name, "max_rate: 1G, expect_tables: [users, crop.trees], assertions: [\"select count(*) = 200 from users\"]");
        Assert.Contains("0 errors", (await InAsync(0, "config", "check")).Output, StringComparison.Ordinal);

        var backup = (await InAsync(0, "backup", "--json")).Json();

        Assert.True(backup.GetProperty("drill").GetProperty("proven").GetBoolean());
        var details = Assert.Single(backup.GetProperty("databases").EnumerateArray()).GetProperty("postgres");
        Assert.Equal(("physical", "data"), (details.Text("method"), details.GetProperty("cluster").Text("folder")));
        Assert.Contains($"cluster of {name}", (await InAsync(0, "show")).Output, StringComparison.Ordinal);
        Assert.Contains("db restore-cluster", (await InAsync(0, "restore", "--yes")).ToString(), StringComparison.Ordinal);
        Assert.Contains("db restore-cluster", (await InAsync(2, "restore", "--only", "main", "--yes")).ToString(), StringComparison.Ordinal);

        var plan = (await InAsync(0, "db", "restore-cluster", "main", "--proven", "--target", Place["restored"], "--dry-run", "--json")).Json();
        Assert.Equal((false, 0), (plan.GetProperty("replaces").GetBoolean(), plan.GetProperty("tablespaces").GetArrayLength()));
        Assert.False(Directory.Exists(Place["restored"]));
        Assert.True((await InAsync(0, "db", "restore-cluster", "--target", Place["restored"], "--check", "--json")).Json().GetProperty("files").GetInt64() > 900);
        Assert.Contains("--replace", (await InAsync(1, "db", "restore-cluster", "--target", Place["restored"], "--dry-run")).Output, StringComparison.Ordinal);
        await Place.Restic.RunAsync("restore", backup.Text("snapshot_id"), "--target", Place["stock"], "--include", Data);
        (await RunningProcess.RunAsync(PostgresInstallation.Require("pg_verifybackup"), ["--quiet", Place["stock"] + Data])).Expect(0);
        await using var restored = await PostgresCluster.StartOnAsync(Place["restored"]);
        Assert.Equal(Logged(before), Logged(await restored.QueryAsync(name, RichDatabase.Description)));
        Assert.Empty(Leftovers);
    }

    [Fact]
    public async Task A_killed_drill_leaves_no_server_and_the_next_one_removes_its_files()
    {
        var cluster = await shared.GetAsync();
        var slow = Place["slow"];
        // As long as the file is there, this does not come to an end.
        var name = await cluster.NewDatabaseAsync("create table t as select 1 as id");
        Declare(cluster, name, $"assertions: [\"select case when (pg_stat_file('{slow}', true)).size is null then true else pg_sleep(3600) is null end\"]", after: false);
        await InAsync(0, "backup");
        await File.WriteAllTextAsync(slow, "x", TestContext.Current.CancellationToken);
        await using var drill = Place.Holdfast.Start("drill", "--config", Path.Combine(Place.Application, "holdfast.yaml"));
        await Conditions.Eventually("the server is asked", () => ClusterProcesses.In(Scratch).Any(line => line.Contains("SELECT", StringComparison.Ordinal)));

        const int Kill = 9;
        drill.Signal(Kill);

        await Conditions.Eventually("the server has ended", () => ClusterProcesses.In(Scratch).Count == 0);
        Assert.NotEmpty(Leftovers);
        File.Delete(slow);
        await InAsync(0, "drill");
        Assert.Empty(Leftovers);
    }

    // A table that is not logged is empty after every recovery.
    private static IEnumerable<string> Logged(string description) => description.Split('\n').Where(line => !line.StartsWith("rows cache ", StringComparison.Ordinal));

    private void Declare(PostgresCluster cluster, string database, string more, bool after = true) => Place.Write("holdfast.yaml", $$"""
        application: orchard
        databases:
          main: { postgres: "{{cluster.ConnectionString(database)}}", form: physical, {{more}} }
        files: { config: [holdfast.yaml] }
        drill: { after_backup: {{(after ? "true" : "false")}} }
        repositories: { local: { path: {{Place.Repository}} } }

        """);

    private async Task<ProgramResult> InAsync(int exitCode, params string[] arguments) =>
        (await Place.Holdfast.TryRunInAsync(Place.Application, arguments)).Expect(exitCode);
}
