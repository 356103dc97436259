using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.EndToEnd.Databases;

/// <summary>An application on PostgreSQL, by the real program, with real servers and the stock tools.</summary>
public sealed class PostgresTests(SharedPostgresCluster shared) : WorkplaceTests
{
    [Fact]
    public async Task A_database_is_backed_up_shown_compared_and_comes_back_over_what_was_lost()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        Declare($"postgres: \"{cluster.ConnectionString(name)}\", expect_tables: [users, crop.trees], assertions: [\"select count(*) > 0 from users\"]");
        Assert.Contains("0 errors", await RunAsync(0, "config", "check"), StringComparison.Ordinal);
        var before = await cluster.QueryAsync(name, RichDatabase.Description);

        var first = (await InAsync(0, "backup", "--json")).Json();
        var database = Assert.Single(first.GetProperty("databases").EnumerateArray());
        Assert.Equal(("postgres", name, "15"), (database.Text("kind"), database.GetProperty("postgres").Text("database"), database.GetProperty("postgres").Text("server_version")[..2]));
        Assert.Contains($"dump of {name}", await RunAsync(0, "show"), StringComparison.Ordinal);
        await cluster.QueryAsync(name, "truncate users cascade; drop view big_trees");
        await RunAsync(0, "backup");
        Assert.Contains("users", await RunAsync(0, "diff", first.Text("snapshot_id"), "latest"), StringComparison.Ordinal);

        var plan = (await InAsync(0, "db", "restore", first.Text("snapshot_id"), "main", "--dry-run", "--json")).Json();
        Assert.True(plan.GetProperty("replaces").GetBoolean());
        var restored = (await InAsync(0, "database", "restore", first.Text("snapshot_id"), "--yes", "--json")).Json();

        Assert.Equal(before, await cluster.QueryAsync(name, RichDatabase.Description));
        Assert.Equal("0", await cluster.QueryAsync(restored.Text("kept"), "select count(*) from users"));
        await RunAsync(0, "restore", "latest", "--only", "main", "--yes");
        Assert.Equal("0", await cluster.QueryAsync(name, "select count(*) from users"));
        await RunAsync(0, "rollback", "--yes");
        Assert.Equal(before, await cluster.QueryAsync(name, RichDatabase.Description));
    }

    [Fact]
    public async Task Stock_restic_and_pg_restore_bring_it_back_without_holdfast()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        Declare($"postgres: \"{cluster.ConnectionString(name)}\"");
        await RunAsync(0, "backup");
        var copy = await cluster.NewDatabaseAsync();
        var dump = Path.Combine(Place.Application, ".holdfast", "databases", "main", "database.dump");

        // As an operator does it: restic dump … | pg_restore.
        await Place.Restic.RunAsync("check", "--read-data");
        var variables = new Dictionary<string, string?>(cluster.ClientVariables) { ["RESTIC_REPOSITORY"] = Place.Repository, ["RESTIC_PASSWORD"] = Workplace.Passphrase };
        (await RunningProcess.RunAsync(
            "/bin/bash",
            ["-c", "set -o pipefail; restic --no-cache dump latest \"$1\" | \"$2\" --exit-on-error -d \"$3\"", "sh", dump, PostgresInstallation.Require("pg_restore"), copy],
            variables)).Expect(0);

        Assert.Equal(await cluster.QueryAsync(name, RichDatabase.Description), await cluster.QueryAsync(copy, RichDatabase.Description));
    }

    [Fact]
    public async Task Another_server_gets_it_and_a_password_comes_from_a_file()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync("create table t as select generate_series(1, 50) as id");
        var password = Place["password"];
        await File.WriteAllTextAsync(password, cluster.Password + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(password, UnixFileMode.UserRead);
        Declare($"postgres: \"{cluster.TcpConnectionString(name)}\", password: {{ file: {password} }}");
        await RunAsync(0, "backup");
        await using var other = await PostgresCluster.StartAsync(new PostgresClusterOptions { Checksums = true });

        await RunAsync(0, "db", "restore", "--server", other.ConnectionString(), "--as", "moved");

        Assert.Equal("50", await other.QueryAsync("moved", "select count(*) from t"));
        Assert.Contains("already", await RunAsync(1, "db", "restore", "--server", other.ConnectionString(), "--as", "moved"), StringComparison.Ordinal);
        Assert.Contains("nobody to ask", await RunAsync(2, "db", "restore"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("orchard.dump")]
    [InlineData("orchard.sql")]
    [InlineData("orchard.sql.gz")]
    public async Task A_dump_file_goes_out_and_comes_in(string file)
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync(RichDatabase.Script);
        Declare($"postgres: \"{cluster.ConnectionString(name)}\"");
        var before = await cluster.QueryAsync(name, RichDatabase.Description);
        await RunAsync(0, "backup");

        await RunAsync(0, "db", "export", "main", "--output", Place[file]);
        Assert.Contains("exists", await RunAsync(2, "db", "export", "main", "--output", Place[file]), StringComparison.Ordinal);
        await cluster.QueryAsync(name, "drop table users cascade");
        await RunAsync(0, "db", "restore", "--input", Place[file], "--yes", "--drop-old");
        Assert.Equal(before, await cluster.QueryAsync(name, RichDatabase.Description));

        // The same as a part of the two commands that everybody knows.
        await RunAsync(0, "backup", "--output", Place["with-" + file]);
        await cluster.QueryAsync(name, "drop table users cascade");
        await RunAsync(2, "restore", "--input", Place["with-" + file], "--only", "main", "--yes");
        await RunAsync(0, "restore", "--input", Place["with-" + file], "--yes");
        Assert.Equal(before, await cluster.QueryAsync(name, RichDatabase.Description));
        var broken = Place["broken" + file];
        await File.WriteAllBytesAsync(broken, (await File.ReadAllBytesAsync(Place[file], TestContext.Current.CancellationToken))[..4000], TestContext.Current.CancellationToken);
        await RunAsync(1, "db", "restore", "--input", broken, "--yes");
        Assert.Equal(before, await cluster.QueryAsync(name, RichDatabase.Description));
        await File.WriteAllBytesAsync(Place["zeros"], new byte[100], TestContext.Current.CancellationToken);
        Assert.Contains("neither a dump", await RunAsync(2, "db", "restore", "--input", Place["zeros"], "--yes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_backup_leaves_no_session_on_the_server()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync("create table t as select 1 as id");
        Declare($"postgres: \"{cluster.ConnectionString(name)} application_name=killed_{name}\"");
        // A lock that nobody can read beside keeps the dump waiting.
        await using var holder = RunningProcess.Start(PostgresInstallation.Require("psql"), ["-X", "-q", "-A", "-t", name], cluster.ClientVariables, "/");
        await holder.TypeAsync("begin; lock table t; select 'locked';\n");
        await holder.WaitForLineAsync(line => line == "locked");
        await using var backup = Place.Holdfast.Start("backup", "--config", Path.Combine(Place.Application, "holdfast.yaml"));
        var sessions = $"select count(*) from pg_stat_activity where application_name = 'killed_{name}'";
        await Conditions.Eventually("the dump waits for the lock", async () => int.Parse(await cluster.QueryAsync("postgres", sessions), System.Globalization.CultureInfo.InvariantCulture) >= 2);

        const int Kill = 9;
        backup.Signal(Kill);
        await holder.TypeAsync("commit;\n");

        await Conditions.Eventually("the sessions have ended", async () => await cluster.QueryAsync("postgres", sessions) == "0");
    }

    private void Declare(string database) => Place.Write("holdfast.yaml", $$"""
        application: orchard
        databases:
          main: { {{database}} }
        files: { config: [holdfast.yaml] }
        repositories: { local: { path: {{Place.Repository}} } }

        """);

    private async Task<string> RunAsync(int exitCode, params string[] arguments)
    {
        var result = await InAsync(exitCode, arguments);
        return result.Output + result.Error;
    }

    private async Task<ProgramResult> InAsync(int exitCode, params string[] arguments) =>
        (await Place.Holdfast.TryRunInAsync(Place.Application, arguments)).Expect(exitCode);
}
