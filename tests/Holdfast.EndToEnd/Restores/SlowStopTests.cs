using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Processes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>An application that takes its time to end: whatever a restore comes to meanwhile, it runs in the end, as a new process.</summary>
public sealed class SlowStopTests
{
    private const int Interrupt = 2;

    [Theory]
    [InlineData("commands")]
    [InlineData("process")]
    [InlineData("systemd")]
    public async Task Interrupted_while_it_stops_it_is_stopped_first_and_started_then(string form)
    {
        using var shop = await CreateAsync(form, "10m");
        var before = shop.Shop.ProcessId;
        await using var restore = shop.Holdfast.Start(["restore", "--yes", "--config", shop.Manifest]);
        await Conditions.Eventually("it is asked to stop", () => File.Exists(shop.Shop.PidFile + ".asked"));

        restore.Signal(Interrupt);
        var ended = (await restore.WaitForExitAsync()).Expect(130);

        Assert.Contains("the old state is back: the application was started", ended.Error, StringComparison.Ordinal);
        await AssertRunsAnewAsync(shop, before);
    }

    [Theory]
    [InlineData("commands")]
    [InlineData("process")]
    [InlineData("systemd")]
    public async Task When_it_needs_longer_than_its_time_it_is_waited_for_and_started_then(string form)
    {
        // It ends after nine seconds, and is waited for ten more.
        using var shop = await CreateAsync(form, "5s");
        var before = shop.Shop.ProcessId;

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains("the old state is back: the application was started", failed.Error, StringComparison.Ordinal);
        await AssertRunsAnewAsync(shop, before);
    }

    private static async Task<RunningShop> CreateAsync(string form, string timeout)
    {
        var shop = await RunningShop.CreateAsync();
        if (form == "systemd") _ = new FakeSystemctl(shop, timeout);
        else shop.WriteManifest(form == "process" ? shop.OwnProcess(shop.Shop.Serve, timeout) : shop.OwnCommands(timeout: timeout));
        await shop.StopAsync();
        File.Delete(shop.Shop.PidFile + ".asked");
        shop.Shop.Configure("slow", greeting: "slow");
        await shop.StartAsync();
        return shop;
    }

    // The old process is gone before the new one is there: what answers now goes on.
    private static async Task AssertRunsAnewAsync(RunningShop shop, int? before)
    {
        Assert.NotNull(shop.Shop.ProcessId);
        Assert.NotEqual(before, shop.Shop.ProcessId);
        Assert.Null(ProcessTable.Find(before!.Value));
        Assert.Contains($"pid={shop.Shop.ProcessId} ", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Contains("greeting=slow", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        var operation = (await shop.RunAsync("operations", "list", "--json")).Json()[0];
        Assert.False(operation.GetProperty("needs_settling").GetBoolean());
    }
}
