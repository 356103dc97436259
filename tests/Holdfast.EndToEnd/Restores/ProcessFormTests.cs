using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>The form of `service` with a pid file: the application ends on a signal, and a program or a watcher starts it again.</summary>
public sealed class ProcessFormTests
{
    private const int NoSuchProcess = 4_194_303;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_process_is_ended_by_its_signal_and_a_new_one_answers_with_the_restored_state()
    {
        using var shop = await CreateAsync();
        await shop.ChangeAsync();
        var before = shop.Shop.ProcessId;

        var result = (await shop.RunAsync("restore", "--yes", "--json")).Json();

        Assert.NotEqual(before, shop.Shop.ProcessId);
        var answer = (await shop.Shop.AnswerAsync())!;
        Assert.Contains("greeting=old", answer, StringComparison.Ordinal);
        Assert.Contains($"pid={shop.Shop.ProcessId} ", answer, StringComparison.Ordinal);
        Assert.Contains($"as process {shop.Shop.ProcessId} and is healthy", result.Text("service"), StringComparison.Ordinal);
        Assert.True(result.GetProperty("down_seconds").GetDouble() > 0);
    }

    [Theory]
    [InlineData("unhealthy", "status 500")]
    [InlineData("broken", "the shop is broken")]
    public async Task One_that_does_not_work_with_the_restored_state_runs_with_the_old_one_again(string mode, string said)
    {
        using var shop = await CreateAsync("5s");
        await shop.StopAsync();
        shop.Shop.Configure(mode, greeting: "sick");
        await shop.RunAsync("backup");
        shop.Shop.Configure("normal", greeting: "old");
        await shop.StartAsync();
        await shop.ChangeAsync();
        var orders = shop.Orders();

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Contains("the old state is back", failed.Error, StringComparison.Ordinal);
        var answer = (await shop.Shop.AnswerAsync())!;
        Assert.Contains("greeting=new", answer, StringComparison.Ordinal);
        Assert.Contains($"pid={shop.Shop.ProcessId} ", answer, StringComparison.Ordinal);
        Assert.True(shop.Orders() >= orders);
    }

    [Fact]
    public async Task One_that_ignores_the_signal_is_not_killed_and_nothing_is_changed()
    {
        using var shop = await CreateAsync("2s");
        await shop.StopAsync();
        shop.Shop.Configure("stubborn", greeting: "stubborn");
        await shop.StartAsync();
        var process = shop.Shop.ProcessId;

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains($"process {process} still runs 2 s after signal 15", failed.Error, StringComparison.Ordinal);
        Assert.Contains("service.timeout", failed.Error, StringComparison.Ordinal);
        Assert.Contains($"(process {process}) was asked to stop and still runs", failed.Error, StringComparison.Ordinal);
        var told = (await shop.TryRunAsync("status")).Output;
        Assert.Contains("was asked to stop", told, StringComparison.Ordinal);
        Assert.Equal(process, shop.Shop.ProcessId);
        Assert.Contains("greeting=stubborn", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Contains("greeting: stubborn", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_that_went_to_another_program_is_never_signalled_and_stops_the_restore()
    {
        using var shop = await CreateAsync();
        await shop.StopAsync();
        shop.Shop.Configure("normal", greeting: "new");
        await using var other = RunningProcess.Start("sleep", ["600"]);
        await WritePidAsync(shop, other.Id, age: TimeSpan.FromHours(1));

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains($"is older than the process {other.Id} (sleep)", failed.Error, StringComparison.Ordinal);
        Assert.False(other.HasExited);
        Assert.Contains("greeting: new", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_that_nobody_has_any_more_is_a_stopped_application()
    {
        using var shop = await CreateAsync();
        await shop.StopAsync();
        shop.Shop.Configure("normal", greeting: "new");
        await WritePidAsync(shop, NoSuchProcess, age: TimeSpan.FromHours(1));

        await shop.RunAsync("restore", "--yes");
        Assert.Null(await shop.Shop.AnswerAsync());
        Assert.Contains("greeting: old", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), Token), StringComparison.Ordinal);

        await shop.RunAsync("restore", "--yes", "--start");
        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.NotEqual(NoSuchProcess, shop.Shop.ProcessId);
    }

    [Fact]
    public async Task One_that_runs_beside_a_pid_file_which_says_otherwise_keeps_its_files()
    {
        using var shop = await CreateAsync();
        await shop.ChangeAsync();
        var process = shop.Shop.ProcessId;
        await WritePidAsync(shop, NoSuchProcess, age: TimeSpan.FromHours(1));

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains($"process {process}", failed.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists($"/proc/{process}"));
        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Contains("greeting: new", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_a_watcher_starts_again_at_once_keeps_its_files()
    {
        using var shop = await CreateAsync("3s");
        shop.WriteManifest(shop.OwnProcess(start: null, "3s"));
        await shop.StopAsync();
        shop.Shop.Configure("normal", greeting: "new");
        await using var watcher = RunningProcess.Start("sh", ["-c", "while :; do \"$@\"; done", "sh", .. shop.Shop.Serve]);
        await Conditions.Eventually("the shop answers", async () => await shop.Shop.AnswerAsync() is not null);
        var before = shop.Shop.ProcessId;

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        // Whichever is seen first of the new process: its number, its answer, or the database that it has open.
        Assert.Matches("something started it again as process|is still answered|a database is in use|goes on writing to the database", failed.Error);
        Assert.Contains("greeting: new", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), Token), StringComparison.Ordinal);
        await Conditions.Eventually("the shop answers", async () => await shop.Shop.AnswerAsync() is not null);
        Assert.NotEqual(before, shop.Shop.ProcessId);
    }

    /// <summary>A number from another host, or from before a restart of this one, may be that of anybody here.</summary>
    [Fact]
    public async Task The_pid_file_is_of_the_running_application_and_neither_saved_nor_restored()
    {
        using var shop = await CreateAsync();
        await shop.StopAsync();
        await using var other = RunningProcess.Start("sleep", ["600"]);
        await WritePidAsync(shop, other.Id, age: TimeSpan.Zero);
        // As restic or an older manifest would have saved it.
        var old = (await shop.RunAsync("backup", shop.Root, "--tag", "app=shop", "--json")).Json().Text("snapshot_id");
        shop.WriteManifest(shop.OwnProcess(shop.Shop.Serve), files: "all: [.]");
        var own = (await shop.RunAsync("backup", "--json")).Json().Text("snapshot_id");
        File.Delete(shop.Shop.PidFile);

        var restored = await shop.TryRunAsync("restore", old, "--yes", "--start");

        Assert.False(other.HasExited);
        Assert.Contains("shop.pid", restored.Expect(0).Error, StringComparison.Ordinal);
        Assert.NotEqual(other.Id, shop.Shop.ProcessId);
        Assert.Contains($"pid={shop.Shop.ProcessId} ", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.DoesNotContain("shop.pid", (await shop.RunAsync("ls", own)).Output, StringComparison.Ordinal);
        Assert.Contains("shop.pid", (await shop.RunAsync("ls", old)).Output, StringComparison.Ordinal);
    }

    private static async Task<RunningShop> CreateAsync(string timeout = "10m")
    {
        var shop = await RunningShop.CreateAsync(service: "");
        shop.WriteManifest(shop.OwnProcess(shop.Shop.Serve, timeout));
        await shop.RunAsync("backup");
        return shop;
    }

    private static async Task WritePidAsync(RunningShop shop, int number, TimeSpan age)
    {
        await File.WriteAllTextAsync(shop.Shop.PidFile, FormattableString.Invariant($"{number}\n"), Token);
        File.SetLastWriteTimeUtc(shop.Shop.PidFile, TimeProvider.System.GetUtcNow().UtcDateTime - age);
    }
}
