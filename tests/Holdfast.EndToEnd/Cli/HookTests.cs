using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Programs around a backup, with a real program of the application that writes down how it was called.</summary>
public sealed class HookTests : WorkplaceTests
{
    private const int Interrupt = 2;

    private string Manifest => Path.Combine(Place.Application, "holdfast.yaml");

    private IReadOnlyList<string> Calls => File.Exists(Place["application", "calls"]) ? File.ReadAllLines(Place["application", "calls"]) : [];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Database("main.db");
        Place.Write("holdfast.yaml", $$"""
            application: orchard
            version: { command: ./ctl version }
            databases: { main: { sqlite: main.db } }
            files: { config: [holdfast.yaml] }
            repositories: { local: { path: {{Place.Repository}} } }
            backup:
              before: [[./ctl, before]]
              after: ["./ctl after"]
              quiesce: { pause: [./ctl, pause], resume: [./ctl, resume] }
            """);
        Control(string.Empty);
    }

    [Fact]
    public async Task A_backup_runs_them_in_the_root_without_the_passphrase_and_says_how_far_apart_its_parts_are()
    {
        var saved = await Place.JsonAsync(0, "backup", "--config", Manifest);

        var id = saved.Text("snapshot_id");
        Assert.Equal(["version", "before", "pause", "resume", "after"], Calls.Select(call => call.Split(' ')[0]).OrderBy(call => call == "version" ? 0 : 1));
        Assert.Equal($"after in={Place.Application} outcome=done snapshot={id} passphrase=", Calls[^1]);
        Assert.Equal("1.4.2", saved.Text("version"));
        var moments = saved.GetProperty("moments");
        Assert.True(moments.GetProperty("quiesced").GetBoolean());
        Assert.InRange(moments.GetProperty("seconds_apart").GetDouble(), 0, 3600);
        var shown = await Place.JsonAsync(0, "show", id);
        Assert.Equal("1.4.2", shown.Text("version"));
        Assert.Equal(Place.Application, shown.Text("root"));
        Assert.Equal([Manifest], shown.GetProperty("groups").Texts("config"));
        Assert.Contains("parts are of one moment", (await Place.Holdfast.RunAsync("show", id)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_before_that_fails_stops_the_backup_and_those_after_still_run()
    {
        Control("[ $1 != before ] || { echo 'the queue is stuck' >&2; exit 5; }");

        var failed = await Place.JsonAsync(1, "backup", "--config", Manifest);

        failed.ExpectFailure(1, "the queue is stuck");
        Assert.Equal(["before", "after"], Calls.Select(call => call.Split(' ')[0]));
        Assert.Contains("outcome=failed snapshot= ", Calls[^1], StringComparison.Ordinal);
        Assert.Equal(0, (await Place.JsonAsync(0, "list")).GetArrayLength());
    }

    [Fact]
    public async Task One_after_that_fails_makes_exit_code_3_and_leaves_the_snapshot_whole()
    {
        Control("[ $1 != after ]");

        var saved = await Place.JsonAsync(3, "backup", "--config", Manifest);

        Assert.Contains("backup.after[0]", Assert.Single(saved.Texts("problems")), StringComparison.Ordinal);
        Assert.DoesNotContain("incomplete", (await Place.JsonAsync(0, "show", saved.Text("snapshot_id"))).Texts("tags"));
    }

    [Fact]
    public async Task Interrupted_while_the_application_is_paused_it_goes_on()
    {
        Place.Write("big/file", string.Empty);
        new SyntheticTree(Place.Application).Sparse("big/endless", 200_000_000_000);
        File.WriteAllText(Manifest, File.ReadAllText(Manifest).Replace("[holdfast.yaml]", "[holdfast.yaml, big]", StringComparison.Ordinal));
        await using var backup = Place.Holdfast.Start("backup", "--config", Manifest, "--json");
        await Conditions.Eventually("it is paused", () => Calls.Any(call => call.StartsWith("pause", StringComparison.Ordinal)));

        backup.Signal(Interrupt);
        (await backup.WaitForExitAsync()).Expect(130);

        Assert.Equal(["resume", "after"], Calls.Select(call => call.Split(' ')[0]).TakeLast(2));
    }

    [Theory]
    [InlineData("undo")]
    [InlineData("backup")]
    public async Task Killed_while_the_application_is_paused_status_tells_and_it_is_let_go_on(string how)
    {
        Place.Write("big/file", string.Empty);
        new SyntheticTree(Place.Application).Sparse("big/endless", 200_000_000_000);
        var small = File.ReadAllText(Manifest);
        File.WriteAllText(Manifest, small.Replace("[holdfast.yaml]", "[holdfast.yaml, big]", StringComparison.Ordinal));
        await using (var backup = Place.Holdfast.Start("backup", "--config", Manifest))
        {
            await Conditions.Eventually("it is paused", () => Calls.Any(call => call.StartsWith("pause", StringComparison.Ordinal)));
            backup.Kill();
            await backup.WaitForExitAsync();
        }

        File.WriteAllText(Manifest, small);
        var status = (await Place.Holdfast.TryRunAsync("status", "--config", Manifest)).Expect(1);
        Assert.Contains("writes may still be paused", status.Output, StringComparison.Ordinal);
        await Place.Holdfast.RunAsync("unlock");

        if (how == "undo") await Place.JsonAsync(0, "operations", "undo", "1", "--config", Manifest);
        else Assert.Contains("they go on now", (await Place.Holdfast.RunAsync("backup", "--config", Manifest)).Error, StringComparison.Ordinal);

        Assert.StartsWith("resume", Calls[Calls.ToList().FindIndex(call => call.StartsWith("pause", StringComparison.Ordinal)) + 1], StringComparison.Ordinal);
        Assert.DoesNotContain("paused", (await Place.Holdfast.TryRunAsync("status", "--config", Manifest)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_given_on_the_command_line_run_none_of_them()
    {
        await Place.BackUpAsync(Place.Application);

        Assert.Empty(Calls);
    }

    [Fact]
    public async Task A_paused_application_writes_on_while_its_database_is_still_being_read()
    {
        using (var connection = Workplace.Connect(Place["application", "main.db"]))
            connection.Execute("pragma journal_mode=wal");
        RealComponent.Require("sqlite3");
        Control("[ $1 != resume ] || sqlite3 main.db \"insert into people(name) values ('later')\"");

        var saved = await Place.JsonAsync(0, "backup", "--config", Manifest);

        Assert.Equal(2, saved.GetProperty("databases")[0].GetProperty("tables").GetProperty("people").GetInt64());
        Assert.Equal("3", Workplace.Ask(Place["application", "main.db"], "select count(*) from people"));
    }

    private void Control(string more)
    {
        var path = Place.Write("ctl", $"""
            #!/bin/sh
            [ "$1" != version ] || echo 1.4.2
            echo "$1 in=$PWD outcome=$HOLDFAST_OUTCOME snapshot=$HOLDFAST_SNAPSHOT passphrase=$HOLDFAST_PASSPHRASE" >> calls
            {more}

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
