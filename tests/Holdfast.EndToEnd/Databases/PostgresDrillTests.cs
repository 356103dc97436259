using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.EndToEnd.Databases;

/// <summary>An application on PostgreSQL is drilled by the real program, in servers that it starts for that.</summary>
public sealed class PostgresDrillTests(SharedPostgresCluster shared) : WorkplaceTests
{
    private string Scratch => Place["scratch"];

    // The runtime of a killed program leaves pipes there, too.
    private string[] Leftovers => Directory.GetDirectories(Scratch);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        File.SetUnixFileMode(Place.Root, (UnixFileMode)0x1C9);
        Directory.CreateDirectory(Scratch);
        Place.Holdfast.With("TMPDIR", Scratch);
    }

    [Fact]
    public async Task A_backup_proves_itself_and_one_whose_expectations_are_not_met_fails()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        Declare(cluster, name, "expect_tables: [users, crop.trees], assertions: [\"select count(*) = 200 from users\"]");

        var backup = (await InAsync(0, "backup", "--json")).Json();

        var drill = backup.GetProperty("drill");
        Assert.True(drill.GetProperty("proven").GetBoolean());
        Assert.Equal(1, drill.GetProperty("databases").GetInt32());
        Assert.Contains("yes", (await InAsync(0, "list")).Output, StringComparison.Ordinal);
        var text = (await InAsync(0, "drill")).Output;
        Assert.Contains("amcheck (main)", text, StringComparison.Ordinal);
        Assert.Contains("1 database", text, StringComparison.Ordinal);

        Declare(cluster, name, "expect_tables: [users, crop.apples], assertions: [\"select count(*) = 201 from users\"]");
        var failed = (await InAsync(1, "backup", "--json")).Json().GetProperty("drill");
        Assert.Equal(
            ["expected_tables", "assertion"],
            failed.GetProperty("checks").EnumerateArray().Where(check => !check.GetProperty("passed").GetBoolean()).Select(check => check.Text("name")));
        Assert.Contains("crop.apples", failed.ToString(), StringComparison.Ordinal);
        Assert.Contains("FAILED", (await InAsync(0, "list")).Output, StringComparison.Ordinal);
        Assert.Empty(Leftovers);
    }

    [Fact]
    public async Task A_killed_drill_leaves_no_server_and_the_next_one_removes_its_files()
    {
        var cluster = await shared.GetAsync();
        var slow = Place["slow"];
        // Making the index again sleeps in a server of a drill, as long as the file is there.
        var name = await cluster.NewDatabaseAsync($"""
            create table t as select 1 as id;
            create function slow(int) returns int language sql immutable as
                $$ select case when current_setting('listen_addresses') = '' and (pg_stat_file('{slow}', true)).size is not null and pg_sleep(3600) is not null then 1 else 2 end $$;
            create index slow_index on t (slow(id))
            """);
        Declare(cluster, name, after: false);
        await InAsync(0, "backup");
        await File.WriteAllTextAsync(slow, "x", TestContext.Current.CancellationToken);
        await using var drill = Place.Holdfast.Start("drill", "--config", Path.Combine(Place.Application, "holdfast.yaml"));
        await Conditions.Eventually("the index is being made", () => ClusterProcesses.In(Scratch).Any(line => line.Contains("CREATE INDEX", StringComparison.Ordinal)));

        const int Kill = 9;
        drill.Signal(Kill);

        await Conditions.Eventually("the server has ended", () => ClusterProcesses.In(Scratch).Count == 0);
        Assert.NotEmpty(Leftovers);
        File.Delete(slow);
        await InAsync(0, "drill");
        Assert.Empty(Leftovers);
    }

    [Fact]
    public async Task An_ordinary_user_drills_as_well()
    {
        var asNobody = await RealComponent.RequireOtherUserAsync(HoldfastProgram.Library);
        var cluster = await shared.GetAsync();
        Declare(cluster, await cluster.NewDatabaseAsync("create role of_drill; create table t as select 1 as id; alter table t owner to of_drill"), after: false);
        await InAsync(0, "backup");
        using var theirs = new HoldfastProgram(Place.Repository, Workplace.Passphrase);
        theirs.With("TMPDIR", Scratch);
        (await RunningProcess.RunAsync("chmod", ["-R", "a+rwX", Place.Root])).Expect(0);
        (await RunningProcess.RunAsync("chown", ["nobody", theirs.State])).Expect(0);

        var result = (await RunningProcess.RunAsync(
            asNobody[0], [.. asNobody.Skip(1), .. HoldfastProgram.Command, "drill", "--json"], theirs.Variables, Place.Application)).Expect(0);

        Assert.True(result.Json().GetProperty("proven").GetBoolean());
        Assert.Empty(Leftovers);
    }

    private void Declare(PostgresCluster cluster, string database, string? more = null, bool after = true) => Place.Write("holdfast.yaml", $$"""
        application: orchard
        databases:
          main: { postgres: "{{cluster.ConnectionString(database)}}"{{(more is null ? string.Empty : ", " + more)}} }
        files: { config: [holdfast.yaml] }
        drill: { after_backup: {{(after ? "true" : "false")}} }
        repositories: { local: { path: {{Place.Repository}} } }

        """);

    private async Task<ProgramResult> InAsync(int exitCode, params string[] arguments) =>
        (await Place.Holdfast.TryRunInAsync(Place.Application, arguments)).Expect(exitCode);
}
