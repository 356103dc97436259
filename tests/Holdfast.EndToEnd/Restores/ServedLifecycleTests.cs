using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>A restore of an application that has a database of PostgreSQL, beside one of SQLite and files: all of it or nothing.</summary>
public sealed class ServedLifecycleTests(SharedPostgresCluster shared)
{
    private const int Kill = 9;

    [Fact]
    public async Task All_of_it_comes_back_together_is_rolled_back_and_a_part_comes_alone()
    {
        using var application = await ServedApplication.CreateAsync(await shared.GetAsync());
        await application.BecomeAsync("second");

        var plan = (await application.RunAsync(0, "restore", "--dry-run", "--json")).Json();
        var database = Assert.Single(plan.GetProperty("served").EnumerateArray());
        Assert.Equal(("main", application.Database, true), (database.Text("name"), database.Text("database"), database.GetProperty("replaces").GetBoolean()));
        var restored = (await application.RunAsync(0, "restore", "--yes", "--json")).Json();

        Assert.Equal("first", await application.VersionAsync());
        Assert.Equal("500", await application.Cluster.QueryAsync(application.Database, "select count(*) from trees"));
        Assert.Equal(2, restored.GetProperty("databases").GetInt32());
        Assert.True(application.Runs);
        Assert.Empty(await application.OthersAsync());
        var rolledBack = await application.RunAsync(0, "rollback", "--yes");
        Assert.Equal("second", await application.VersionAsync());
        Assert.Equal("100", await application.Cluster.QueryAsync(application.Database, "select count(*) from trees"));
        Assert.DoesNotContain("not restored", rolledBack.Error, StringComparison.Ordinal);

        await application.RunAsync(0, "restore", restored.Text("snapshot_id"), "--only", "main", "--yes");
        Assert.Equal("first and second", await application.VersionAsync());
        await application.RunAsync(0, "rollback", "--yes");
        Assert.Equal("second", await application.VersionAsync());
        await application.RunAsync(0, "restore", restored.Text("snapshot_id"), "--only", "config", "--yes");
        Assert.Equal("second and first", await application.VersionAsync());
        Assert.Empty(await application.OthersAsync());
    }

    [Fact]
    public async Task When_it_is_not_healthy_afterwards_all_of_it_is_put_back_and_who_stays_connected_keeps_it_from_being_replaced()
    {
        using var application = await ServedApplication.CreateAsync(await shared.GetAsync());
        await application.BecomeAsync("sick", health: "bad");
        await application.RunAsync(0, "backup");
        await application.BecomeAsync("third");

        var failed = await application.RunAsync(1, "restore", "--yes");

        Assert.Contains("the old state is back", failed.Error, StringComparison.Ordinal);
        Assert.Equal("third", await application.VersionAsync());
        Assert.True(application.Runs);
        Assert.Empty(await application.OthersAsync());

        await using var user = RunningProcess.Start(
            PostgresInstallation.Require("psql"), ["-X", "-q", "-A", "-t", application.Database], new Dictionary<string, string?>(application.Cluster.ClientVariables) { ["PGAPPNAME"] = "reporting" }, "/");
        await user.TypeAsync("select 'here';\n");
        await user.WaitForLineAsync(line => line == "here");
        var first = (await application.RunAsync(0, "list", "--json")).Json().EnumerateArray().Select(snapshot => snapshot.Text("id")).Last();
        var refused = await application.RunAsync(1, "restore", first, "--yes");
        Assert.Contains("reporting", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--end-connections", refused.Error, StringComparison.Ordinal);
        Assert.Equal("third", await application.VersionAsync());
        Assert.True(application.Runs);
    }

    [Theory]
    [InlineData(false, "undo", "second")]
    [InlineData(true, "undo", "second")]
    [InlineData(false, "resume", "first")]
    [InlineData(true, "resume", "first")]
    public async Task Killed_before_the_server_has_renamed_or_after_it_it_can_be_undone_and_resumed(bool renamed, string what, string version)
    {
        using var application = await ServedApplication.CreateAsync(await shared.GetAsync());
        await application.BecomeAsync("second");

        await KillAtRenamingAsync(application, renamed, "restore", "--yes");

        var left = Assert.Single((await application.RunAsync(0, "operations", "list", "--json")).Json().EnumerateArray(), operation => operation.Text("state") == "interrupted");
        Assert.Contains("has not come to its end", (await application.RunAsync(1, "restore", "--yes")).Error, StringComparison.Ordinal);
        Assert.Equal("second", Workplace.Ask(application.Local, "select version from state"));
        Assert.Equal(renamed ? "first" : "second", await application.Cluster.QueryAsync(application.Database, "select version from state"));
        await application.RunAsync(0, "operations", what, left.GetProperty("number").ToString());

        Assert.Equal(version, await application.VersionAsync());
        Assert.True(application.Runs);
        Assert.Empty(await application.OthersAsync());
        Assert.Equal("0", await application.Cluster.QueryAsync("postgres", "select count(*) from pg_database where datname like 'holdfast_new_%' and not exists (select 1 from pg_locks where locktype = 'advisory')"));
    }

    [Fact]
    public async Task A_restore_of_one_database_is_an_operation_too_and_killed_it_can_be_undone_and_resumed()
    {
        using var application = await ServedApplication.CreateAsync(await shared.GetAsync());
        await application.BecomeAsync("second");

        await KillAtRenamingAsync(application, renamed: true, "db", "restore", "main", "--drop-old", "--yes");
        var left = Interrupted(await application.RunAsync(0, "operations", "list", "--json"));
        Assert.Contains("db restore", (await application.RunAsync(0, "operations", "show", left)).Output, StringComparison.Ordinal);
        await application.RunAsync(0, "operations", "undo", left);
        Assert.Equal("second", await application.VersionAsync());
        Assert.Empty(await application.OthersAsync());

        await KillAtRenamingAsync(application, renamed: true, "db", "restore", "main", "--drop-old", "--yes");
        await application.RunAsync(0, "operations", "resume", Interrupted(await application.RunAsync(0, "operations", "list", "--json")));
        Assert.Equal("first and second", await application.VersionAsync());
        Assert.Empty(await application.OthersAsync());
    }

    private static string Interrupted(ProgramResult list) =>
        Assert.Single(list.Json().EnumerateArray(), operation => operation.Text("state") == "interrupted").GetProperty("number").ToString();

    /// <summary>Kills the program while the server waits for a lock on the name of the database: whether it then renames or not is decided here.</summary>
    private static async Task KillAtRenamingAsync(ServedApplication application, bool renamed, params string[] arguments)
    {
        var cluster = application.Cluster;
        await using var holder = RunningProcess.Start(PostgresInstallation.Require("psql"), ["-X", "-q", "-A", "-t", "postgres"], cluster.ClientVariables, "/");
        await holder.TypeAsync($"begin; comment on database {application.Database} is 'held'; select 'held';\n");
        await holder.WaitForLineAsync(line => line == "held");
        var waiting = $"from pg_stat_activity where wait_event_type = 'Lock' and query like '%{application.Database}%rename%'";
        await using var running = application.Place.Holdfast.Start([.. arguments, "--config", Path.Combine(application.Place.Application, "holdfast.yaml")]);
        await Conditions.Eventually("the server waits to rename the database", async () => await cluster.QueryAsync("postgres", $"select count(*) {waiting}") == "1");

        running.Signal(Kill);
        await running.WaitForExitAsync();
        if (!renamed) await cluster.QueryAsync("postgres", $"select pg_terminate_backend(pid) {waiting}");
        await holder.TypeAsync("rollback; select 'done';\n");
        await holder.WaitForLineAsync(line => line == "done");
        await Conditions.Eventually("the server has done with it", async () => await cluster.QueryAsync("postgres", $"select count(*) from pg_stat_activity where query like '%{application.Database}%rename%' and pid <> pg_backend_pid()") == "0");
    }
}
