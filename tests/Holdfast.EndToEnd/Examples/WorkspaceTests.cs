using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>examples/workspace: PostgreSQL in production, SQLite in development; parts of it, and all of it.</summary>
public sealed class WorkspaceTests(SharedPostgresCluster shared)
{
    private const string Rows = "select count(*) from preferences where user_id = 2";

    [Fact]
    public async Task In_production_a_project_the_configuration_the_rows_of_a_user_or_all_of_it_come_back()
    {
        var cluster = await shared.GetAsync();
        var name = await cluster.NewDatabaseAsync();
        await using var workspace = await ProductionAsync(cluster, name);
        var backup = await workspace.JsonAsync(0, "backup", "--output", workspace["workspace.sql.gz"]);
        Assert.True(backup.GetProperty("drill").GetProperty("passed").GetBoolean());
        Assert.True(File.Exists(workspace["workspace.sql.gz"]));

        // One project, and no other; the database goes on.
        workspace.Write("projects/alpha/notes.md", "spoilt");
        workspace.Write("projects/beta/notes.md", "newer");
        await cluster.QueryAsync(name, "update users set name = 'newer' where id = 3");
        await workspace.RunAsync(0, "restore", "--only", "projects/alpha", "--yes");
        Assert.Equal(("notes of alpha\n", "newer"), (await workspace.ReadAsync("projects/alpha/notes.md"), await workspace.ReadAsync("projects/beta/notes.md")));

        // The configuration only.
        var configuration = await workspace.ReadAsync("config/workspace.yaml");
        workspace.Write("config/workspace.yaml", "spoilt");
        await workspace.RunAsync(0, "restore", "--only", "config", "--only", "env", "--yes");
        Assert.Equal(configuration, await workspace.ReadAsync("config/workspace.yaml"));
        Assert.Equal("newer", await cluster.QueryAsync(name, "select name from users where id = 3"));

        // The preferences of one user, as its page says.
        await cluster.QueryAsync(name, "delete from preferences where user_id = 2; update preferences set value = 'newer' where user_id = 1");
        await workspace.RunAsync(0, "db", "restore", "main", "--table", "preferences", "--as", name + "_before", "--yes");
        var rows = await cluster.QueryAsync(name + "_before", "copy (select * from preferences where user_id = 2) to stdout");
        await cluster.QueryAsync(name, $"begin; delete from preferences where user_id = 2;\ncopy preferences from stdin;\n{rows}\n\\.\ncommit");
        await cluster.QueryAsync("postgres", $"drop database {name}_before");
        Assert.Equal("2", await cluster.QueryAsync(name, Rows));
        Assert.Equal("newer", await cluster.QueryAsync(name, "select distinct value from preferences where user_id = 1"));

        // All of it, with the application stopped and started.
        var process = workspace.ProcessId();
        await cluster.QueryAsync(name, "drop table preferences");
        workspace.Write("data/uploads/1.txt", "spoilt");
        await workspace.RunAsync(0, "restore", backup.Text("snapshot_id"), "--yes");
        Assert.NotEqual(process, workspace.ProcessId());
        Assert.True(await workspace.IsHealthyAsync());
        Assert.Equal(("first upload\n", "2"), (await workspace.ReadAsync("data/uploads/1.txt"), await cluster.QueryAsync(name, Rows)));
        Assert.Equal("notes of beta\n", await workspace.ReadAsync("projects/beta/notes.md"));
        await workspace.RunAsync(0, "drill", backup.Text("snapshot_id"));
        await workspace.RunAsync(0, "rollback", "--yes");
        Assert.Equal("newer", await workspace.ReadAsync("projects/beta/notes.md"));
        Assert.Equal("0", await cluster.QueryAsync(name, "select count(*) from pg_class where relname = 'preferences'"));
    }

    [Fact]
    public async Task In_development_the_same_is_done_with_a_file()
    {
        await using var workspace = await ExampleApplication.InstallAsync("workspace", "workspace.db");
        workspace.Write(".env", "DATABASE_URL=data/workspace.db\n");
        await workspace.ShellAsync("./make-sample");
        await workspace.ControlAsync("start");
        await RunAsync("init", "--no-backup");
        var backup = (await RunAsync("backup", "--json")).Json();
        Assert.True(backup.GetProperty("drill").GetProperty("passed").GetBoolean());
        await workspace.AskAsync("delete from preferences");

        await RunAsync("restore", "--yes");

        Assert.Equal("2", await workspace.AskAsync(Rows));
        Assert.True(await workspace.IsHealthyAsync());
        await RunAsync("drill");

        Task<ProgramResult> RunAsync(params string[] arguments) => workspace.RunAsync(0, [.. arguments, "--config", "holdfast.dev.yaml"]);
    }

    /// <summary>It runs on a database of a test's cluster, with key and repository and no backup yet.</summary>
    private static async Task<ExampleApplication> ProductionAsync(PostgresCluster cluster, string name)
    {
        RealComponent.Require("psql");
        var workspace = await ExampleApplication.InstallAsync("workspace", "none");
        workspace.Write(".env", $"DATABASE_URL=\"{cluster.ConnectionString(name)}\"\n");
        workspace.Edit("host=/run/postgresql dbname=workspace", cluster.ConnectionString(name));
        await workspace.ShellAsync("./make-sample");
        await workspace.ControlAsync("start");
        await workspace.RunAsync(0, "init", "--no-backup");
        return workspace;
    }
}
