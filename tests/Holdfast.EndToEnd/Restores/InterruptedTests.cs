using Holdfast.EndToEnd.Cli;
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
        await KillWhenStartedAsync(shop, before);

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
    public async Task Undone_it_is_started_as_the_manifest_said_before_whatever_the_restored_one_says()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.Shop.Configure("normal", delay: 15_000, greeting: "old");
        var manifest = await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken);
        shop.WriteManifest(string.Empty);
        await shop.RunAsync("backup");
        await File.WriteAllTextAsync(shop.Manifest, manifest, TestContext.Current.CancellationToken);
        await shop.ChangeAsync();
        await KillWhenStartedAsync(shop, shop.Shop.ProcessId);
        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();

        // A snapshot of files alone, of no application, must not get in between.
        var other = (await shop.TryRunAsync("restore", "latest", "--only", "certs", "--yes")).Expect(1);
        Assert.Contains("has not come to its end", other.Error, StringComparison.Ordinal);
        await shop.RunAsync("operations", "undo", $"{number}");

        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Equal(manifest, await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_second_operation_says_who_is_at_the_application_and_waits_when_told_to()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.Shop.Configure("normal", delay: 4_000, greeting: "old");
        await shop.RunAsync("backup");
        await using var first = Start(shop, "restore", "--yes");
        await Conditions.Eventually("the restore is at the application", async () =>
            (await shop.RunAsync("operations", "list", "--json")).Json()[0].Text("state") == "running");

        var refused = (await shop.TryRunAsync("restore", "--yes")).Expect(11);
        Assert.Matches("operation [0-9]+, process [0-9]+, by .*, since ", refused.Error);

        var waited = await shop.RunAsync("restore", "--yes", "--wait", "60");
        Assert.Contains("waiting: ", waited.Error, StringComparison.Ordinal);
        (await first.WaitForExitAsync()).Expect(0);
    }

    [Fact]
    public async Task Who_interrupts_it_before_anything_was_changed_is_told_that_the_application_is_as_it_was()
    {
        const int Terminate = 15;
        using var shop = await RunningShop.CreateAsync();
        await shop.RunAsync("backup");
        await using var holder = RunningProcess.Start(RealComponent.Require("flock"), ["-x", shop.Root, "sleep", "60"], new Dictionary<string, string?>(StringComparer.Ordinal));
        await using var restore = Start(shop, "restore", "--yes", "--wait", "60");
        await Conditions.Eventually("it waits", () => restore.Error.Contains("waiting: ", StringComparison.Ordinal));

        restore.Signal(Terminate);

        Assert.Contains("the application is as it was", (await restore.WaitForExitAsync()).Expect(130).Error, StringComparison.Ordinal);
    }

    private static async Task KillWhenStartedAsync(RunningShop shop, int? before)
    {
        await using var restore = Start(shop, "restore", "--yes");
        await Conditions.Eventually("the new process is there", () => shop.Shop.ProcessId is { } now && now != before);
        restore.Kill();
        await restore.WaitForExitAsync();
    }

    private static RunningProcess Start(RunningShop shop, params string[] arguments) => shop.Holdfast.Start([.. arguments, "--config", shop.Manifest]);
}
