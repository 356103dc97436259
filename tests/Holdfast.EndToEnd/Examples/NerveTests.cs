using System.Security.Cryptography;
using Holdfast.EndToEnd.Cli;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>examples/nerve: plain copies, a point in time, and a recovery from a broken database as one command.</summary>
public sealed class NerveTests
{
    private static readonly string[] Tables = ["api_keys", "companies", "sessions", "users"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<ExampleApplication> StartAsync() => ExampleApplication.ReadyAsync("nerve", "ghost.db");

    [Fact]
    public async Task A_copy_in_a_folder_of_choice_tells_its_path_size_time_and_tables_and_which_are_missing()
    {
        await using var nerve = await StartAsync();
        var copy = Path.Combine(Directory.CreateDirectory(nerve["mnt", "backups", "nerve"]).FullName, "nerve_backup_20260106.db");

        await nerve.RunAsync(0, "backup", "--output", copy);
        var info = await nerve.JsonAsync(0, "verify", copy);
        await ExampleApplication.AskAsync(copy, "drop table api_keys");
        File.Delete(copy + ".meta");
        var lacking = await nerve.JsonAsync(1, "verify", copy);

        Assert.Equal((copy, true), (info.Text("file"), info.GetProperty("passed").GetBoolean()));
        Assert.True(info.GetProperty("bytes").GetInt64() > 0);
        Assert.InRange(DateTimeOffset.Parse(info.Text("created"), null), DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(Tables, info.GetProperty("databases")[0].GetProperty("tables").EnumerateObject().Select(table => table.Name).Order(StringComparer.Ordinal));
        Assert.Contains("api_keys", Assert.Single(lacking.Texts("missing")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_thirty_copies_stay()
    {
        await using var nerve = await StartAsync();
        Assert.Contains("keep_last: 30", (await nerve.RunAsync(0, "config", "show")).Output, StringComparison.Ordinal);
        // Three show the same in a tenth of the time.
        nerve.Edit("keep_last: 30", "keep_last: 3");
        nerve.Edit("after_backup: true", "after_backup: false");

        var names = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            await nerve.RunAsync(0, "backup");
            names.Add((await nerve.JsonAsync(0, "archives"))[0].Text("name"));
        }

        Assert.Equal(
            names.TakeLast(3), Directory.GetFiles(Path.Combine(nerve.Root, "data", "backups"), "*.db").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.Equal("ok", await ExampleApplication.AskAsync(Path.Combine(nerve.Root, "data", "backups", names[^1]), "pragma integrity_check"));
    }

    [Fact]
    public async Task A_restore_needs_a_yes_and_reports_where_the_state_before_is()
    {
        await using var nerve = await StartAsync();
        await nerve.RunAsync(0, "backup");
        await nerve.AskAsync("update users set email = 'lost' || id");
        var process = nerve.ProcessId();

        Assert.Contains("--yes", (await nerve.JsonAsync(2, "restore")).Text("hint"), StringComparison.Ordinal);
        Assert.Equal(process, nerve.ProcessId());
        Assert.Equal("3", await nerve.AskAsync("select count(*) from users where email like 'lost%'"));
        var done = await nerve.RunAsync(0, "restore", "--yes");

        Assert.Matches("the state before is snapshot [0-9a-f]{8}; `holdfast rollback` brings it back", done.Output);
        Assert.Equal(("0", "ok"), (await nerve.AskAsync("select count(*) from users where email like 'lost%'"), await nerve.AskAsync("pragma integrity_check")));
        Assert.True(await nerve.IsHealthyAsync());
    }

    [Fact]
    public async Task The_last_backup_before_an_incident_is_found_and_restored()
    {
        await using var nerve = await StartAsync();
        await nerve.RunAsync(0, "backup");
        await nerve.AskAsync("update companies set name = 'incident ' || id");
        await nerve.RunAsync(0, "backup");
        var first = (await nerve.JsonAsync(0, "list"))[0];

        var found = Assert.Single((await nerve.JsonAsync(0, "list", "--before", first.Text("time"), "--limit", "1")).EnumerateArray().ToList());
        await nerve.RunAsync(0, "restore", "--before", first.Text("time"), "--yes");
        var none = await nerve.JsonAsync(1, "restore", "--before", "2026-01-05 14:30", "--yes");

        Assert.Equal(first.Text("id"), found.Text("id"));
        Assert.Equal("0", await nerve.AskAsync("select count(*) from companies where name like 'incident%'"));
        Assert.Equal("NotFound", none.Text("error"));
    }

    [Fact]
    public async Task From_a_broken_database_one_command_recovers_everything_and_keeps_the_broken_one()
    {
        await using var nerve = await StartAsync();
        await nerve.RunAsync(0, "backup");
        var proven = (await nerve.JsonAsync(0, "list"))[0].Text("id");
        await nerve.ControlAsync("stop");
        var broken = RandomNumberGenerator.GetBytes(20_000);
        await File.WriteAllBytesAsync(nerve.Database, broken, Token);
        // Somebody made a backup of it before anybody noticed: it is not the best one.
        await nerve.RunAsync(1, "backup");

        var recovered = await nerve.JsonAsync(0, "restore", "--proven", "--start", "--yes");

        Assert.Equal(proven, recovered.Text("snapshot_id"));
        Assert.True(await nerve.IsHealthyAsync());
        await nerve.WaitForWritesAsync("sessions");
        Assert.Equal(("ok", "3"), (await nerve.AskAsync("pragma integrity_check"), await nerve.AskAsync("select count(*) from users")));
        var kept = Assert.Single(recovered.Texts("kept"));
        Assert.StartsWith(nerve.Database + ".before-restore-", kept, StringComparison.Ordinal);
        Assert.Equal(broken, await File.ReadAllBytesAsync(kept, Token));
    }

    [Fact]
    public async Task A_page_lost_under_the_running_application_is_found_kept_and_replaced()
    {
        await using var nerve = await StartAsync();
        await nerve.RunAsync(0, "backup");
        await nerve.AskAsync("pragma wal_checkpoint(truncate)");
        await using (var file = new FileStream(nerve.Database, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            await file.WriteAsync(RandomNumberGenerator.GetBytes(8192), Token);

        var done = await nerve.RunAsync(0, "restore", "--proven", "--start", "--yes");

        Assert.Contains($"kept for analysis: {nerve.Database}.before-restore-", done.Output, StringComparison.Ordinal);
        Assert.Contains("a rollback cannot make that good", done.Output, StringComparison.Ordinal);
        Assert.Contains("the rest of the state before is snapshot ", done.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("`holdfast rollback` brings it back", done.Output, StringComparison.Ordinal);
        Assert.True(await nerve.IsHealthyAsync());
        Assert.Equal("ok", await nerve.AskAsync("pragma integrity_check"));
    }
}
