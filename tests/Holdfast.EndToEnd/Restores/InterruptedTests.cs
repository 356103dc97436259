using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>A restore that is killed while the application stands still: found, told, and brought to an end with the application running.</summary>
public sealed class InterruptedTests
{
    [Theory]
    [InlineData("undo", "new")]
    [InlineData("resume", "old")]
    public async Task Killed_while_the_application_starts_it_is_found_and_ended_with_the_application_running(string how, string greeting)
    {
        using var shop = await RunningShop.CreateAsync();
        // The restored configuration keeps the application from answering for long enough to be killed meanwhile.
        shop.Shop.Configure("normal", delay: 15_000, greeting: "old");
        await shop.RunAsync("backup");
        await shop.ChangeAsync();
        var before = shop.Shop.ProcessId;
        await KillWhenStartedAsync(shop, before, "restore", "--yes");

        var status = (await shop.TryRunAsync("status", "--json")).Expect(1).Json();
        Assert.Contains(status.GetProperty("findings").EnumerateArray(), finding =>
            finding.Text("severity") == "critical" && finding.Text("message").Contains("was interrupted at \"starting the application\"", StringComparison.Ordinal));
        var refused = (await shop.TryRunAsync("restore", "--yes")).Expect(1);
        Assert.Contains("operations resume", refused.Error, StringComparison.Ordinal);
        var incomplete = (await shop.TryRunAsync("backup")).Expect(3);
        Assert.Contains("between two states", incomplete.Error, StringComparison.Ordinal);

        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();
        var settled = await shop.RunAsync("operations", how, $"{number}");

        Assert.Contains($"greeting={greeting}", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.NotEqual(before, shop.Shop.ProcessId);
        if (how == "undo") LeftBehind.ExpectOnlyNamed(shop, settled);
        else LeftBehind.ExpectNothing(shop);
    }

    [Fact]
    public async Task Resumed_it_tells_what_was_lost_before_and_the_snapshot_is_not_proven_any_more()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.Shop.Configure("normal", delay: 15_000, greeting: "old");
        var large = Path.Combine(shop.Root, "certs", "large.bin");
        await File.WriteAllBytesAsync(large, SyntheticTree.RandomBytes(1, 2 << 20), TestContext.Current.CancellationToken);
        await shop.RunAsync("backup", "--drill");
        await File.WriteAllTextAsync(large, "present content", TestContext.Current.CancellationToken);
        await DamageLargestPackAsync(shop);
        await shop.ChangeAsync();
        await KillWhenStartedAsync(shop, shop.Shop.ProcessId, "restore", "--yes");

        var resumed = (await shop.TryRunAsync("operations", "resume", $"{await InterruptedAsync(shop)}")).Expect(3);

        Assert.Contains("large.bin\" was not restored", resumed.Error, StringComparison.Ordinal);
        Assert.Contains("but not everything", resumed.Output, StringComparison.Ordinal);
        Assert.Contains("was proven, and is not any more", resumed.Error, StringComparison.Ordinal);
        Assert.Contains("the application stood still for", resumed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain((await shop.RunAsync("list", "--json")).Json().EnumerateArray(), stored => stored.GetProperty("proven").GetBoolean());
        Assert.Equal("done in part", (await shop.RunAsync("operations", "list", "--json")).Json()[0].Text("state"));
    }

    [Fact]
    public async Task A_rollback_that_is_resumed_says_what_a_rollback_says()
    {
        using var shop = await RunningShop.CreateAsync();
        // The state before the restore is slow to answer, so that its return can be interrupted.
        shop.Shop.Configure("normal", delay: 15_000, greeting: "slow");
        await shop.RunAsync("restore", "--yes");
        await KillWhenStartedAsync(shop, shop.Shop.ProcessId, "rollback", "--yes");

        var resumed = await shop.RunAsync("operations", "resume", $"{await InterruptedAsync(shop)}");

        Assert.Matches("the state before is snapshot [0-9a-f]{8}; `holdfast restore [0-9a-f]{8}` brings it back", resumed.Output);
        Assert.Contains("greeting=slow", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        var again = (await shop.TryRunAsync("rollback", "--yes")).Expect(1);
        Assert.Contains("was rolled back already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undone_it_is_started_as_the_manifest_said_before_whatever_the_restored_one_says()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.Shop.Configure("normal", delay: 15_000, greeting: "old");
        var manifest = await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken);
        shop.WriteManifest(string.Empty);
        await shop.RunAsync("backup");
        await File.WriteAllTextAsync(shop.Manifest, manifest, TestContext.Current.CancellationToken);
        await shop.ChangeAsync();
        await KillWhenStartedAsync(shop, shop.Shop.ProcessId, "restore", "--yes");
        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();

        // A snapshot of files alone, of no application, must not get in between.
        var other = (await shop.TryRunAsync("restore", "latest", "--only", "certs", "--yes")).Expect(1);
        Assert.Contains("has not come to its end", other.Error, StringComparison.Ordinal);
        await shop.RunAsync("operations", "undo", $"{number}");

        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Equal(manifest, await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("request = '{'", false)]
    [InlineData("request = null", true)]
    [InlineData("request = x'00', program = 7", true)]
    [InlineData("undo = json_remove(undo, '$.Declared.Declaration.Timeout', '$.Declared.Declaration.Health.Timeout', '$.Declared.Declaration.Health.Interval', '$.Declared.Declaration.Health.Successes')", true)]
    public async Task Undone_it_needs_neither_what_was_asked_for_nor_the_manifest_nor_what_an_older_version_did_not_write(string loss, bool losesManifest)
    {
        using var shop = await RunningShop.CreateAsync();
        shop.Shop.Configure("normal", delay: 15_000, greeting: "old");
        await shop.RunAsync("backup");
        await shop.ChangeAsync();
        await KillWhenStartedAsync(shop, shop.Shop.ProcessId, "restore", "--yes");
        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();
        using (var state = SqliteConnections.Open(Path.Combine(shop.Holdfast.State, "state.db")))
            state.Execute($"update operations set {loss} where number = {number}");
        // Somebody has written to it, and what was there comes back all the same.
        if (losesManifest) await File.WriteAllTextAsync(shop.Manifest, "nonsense: [", TestContext.Current.CancellationToken);

        if (loss.StartsWith("request", StringComparison.Ordinal))
        {
            var refused = await shop.Holdfast.TryRunInAsync("/", "operations", "resume", $"{number}");
            Assert.NotEqual(0, refused.ExitCode);
        }

        (await shop.Holdfast.TryRunInAsync("/", "operations", "undo", $"{number}")).Expect(0);

        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.StartsWith("application: shop", await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_operation_says_who_is_at_the_application_and_waits_when_told_to()
    {
        using var shop = await RunningShop.CreateAsync();
        // Whoever starts it stands before a gate until the test opens it.
        var gate = Path.Combine(shop.Place.Root, "gate");
        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);
        shop.WriteManifest(shop.OwnCommands().Replace(
            "start: [", $"start: [\"sh\", \"-c\", \"while [ -e '{gate}' ]; do sleep 0.05; done; exec \\\"$@\\\"\", \"sh\", ", StringComparison.Ordinal));
        await shop.RunAsync("backup");
        await using var first = Start(shop, "restore", "--yes");
        await Conditions.Eventually("the restore is at the application", async () =>
            (await shop.RunAsync("operations", "list", "--json")).Json()[0].Text("state") == "running");

        var refused = (await shop.TryRunAsync("restore", "--yes")).Expect(11);
        Assert.Matches("operation [0-9]+, process [0-9]+, by .*, since ", refused.Error);

        await using var second = Start(shop, "restore", "--yes", "--wait", "600");
        await second.WaitForLineAsync(line => line.Contains("waiting: ", StringComparison.Ordinal));
        File.Delete(gate);
        (await first.WaitForExitAsync()).Expect(0);
        (await second.WaitForExitAsync()).Expect(0);
    }

    [Fact]
    public async Task Who_interrupts_it_before_anything_was_changed_is_told_that_the_application_is_as_it_was()
    {
        const int Terminate = 15;
        using var shop = await RunningShop.CreateAsync();
        await shop.RunAsync("backup");
        await using var holder = RunningProcess.Start(RealComponent.Require("flock"), ["-x", shop.Root, "sh", "-c", "echo locked; exec sleep 3600"]);
        await holder.WaitForLineAsync(line => line == "locked");
        await using var restore = Start(shop, "restore", "--yes", "--wait", "3600");
        await Conditions.Eventually("it waits", () => restore.Error.Contains("waiting: ", StringComparison.Ordinal));

        restore.Signal(Terminate);

        Assert.Contains("the application is as it was", (await restore.WaitForExitAsync()).Expect(130).Error, StringComparison.Ordinal);
    }

    private static async Task<long> InterruptedAsync(RunningShop shop) =>
        (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted").GetProperty("number").GetInt64();

    // The middle of it is in what makes it the largest.
    private static async Task DamageLargestPackAsync(RunningShop shop)
    {
        var packs = Directory.GetFiles(Path.Combine(shop.Place.Repository, "data"), "*", SearchOption.AllDirectories);
        var pack = packs.MaxBy(file => new FileInfo(file).Length)!;
        var bytes = await File.ReadAllBytesAsync(pack, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(pack, bytes, TestContext.Current.CancellationToken);
    }

    private static async Task KillWhenStartedAsync(RunningShop shop, int? before, params string[] command)
    {
        await using var restore = Start(shop, command);
        await Conditions.Eventually("the new process is there", () => shop.Shop.ProcessId is { } now && now != before);
        restore.Kill();
        await restore.WaitForExitAsync();
    }

    private static RunningProcess Start(RunningShop shop, params string[] arguments) => shop.Holdfast.Start([.. arguments, "--config", shop.Manifest]);
}
