using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>The systemd form of `service`, with a systemctl that writes down how it was called.</summary>
public sealed class SystemdTests : IAsyncLifetime
{
    private RunningShop _shop = null!;
    private FakeSystemctl _systemctl = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _shop = await RunningShop.CreateAsync(service: "");
        _systemctl = new FakeSystemctl(_shop, "20s");
        await _shop.RunAsync("backup");
        await _shop.ChangeAsync();
    }

    public ValueTask DisposeAsync()
    {
        _shop.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_unit_is_stopped_before_the_exchange_and_started_after_it()
    {
        var before = _shop.Shop.ProcessId;

        await _shop.RunAsync("restore", "--yes");

        Assert.Contains("greeting=old", (await _shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.NotEqual(before, _shop.Shop.ProcessId);
        Assert.Equal(["stop", "start"], _systemctl.Acts);
        Assert.All(_systemctl.Calls, call => Assert.EndsWith(" shop", call, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[ $1 = stop ] && { echo 'Interactive authentication required.' >&2; exit 1; }", "cannot stop the unit shop: systemctl ended with exit code 1: Interactive")]
    [InlineData("[ $1 = stop ] && exit 0", "the unit shop was stopped, but it is said to be running still")]
    [InlineData("[ $1 = stop ] && exec sleep 600", "6 s")]
    public async Task One_that_cannot_be_stopped_keeps_its_files_and_goes_on(string trouble, string said)
    {
        _systemctl = new FakeSystemctl(_shop, "6s");
        _systemctl.Trouble(trouble);
        var process = _shop.Shop.ProcessId;

        var failed = (await _shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Equal(process, _shop.Shop.ProcessId);
        await AssertUnchangedAsync();
        await AssertSettledAsync();
    }

    [Theory]
    [InlineData("[ $1 = start ] && [ -n \"$new\" ] && { echo 'Job for shop.service failed.' >&2; exit 1; }", "cannot start the unit shop: systemctl ended with exit code 1: Job for")]
    [InlineData("[ -n \"$new\" ] && { [ $1 = start ] && exit 0; failed=failed; }", "it stopped again at once")]
    [InlineData("[ $1 = start ] && [ -n \"$new\" ] && exec sleep 600", "6 s")]
    public async Task One_that_does_not_start_has_its_old_state_back_and_runs_with_it(string trouble, string said)
    {
        _systemctl = new FakeSystemctl(_shop, "6s");
        _systemctl.Trouble(trouble);
        var before = _shop.Shop.ProcessId;

        var failed = (await _shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Contains("the old state is back", failed.Error, StringComparison.Ordinal);
        Assert.NotEqual(before, _shop.Shop.ProcessId);
        Assert.Equal("start", _systemctl.Acts[^1]);
        await AssertUnchangedAsync();
        await AssertSettledAsync();
    }

    [Fact]
    public async Task One_that_starts_neither_way_is_told_with_the_old_files_in_their_place()
    {
        _systemctl.Trouble("[ $1 = start ] && { echo 'Job for shop.service failed.' >&2; exit 1; }");

        var failed = (await _shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains("the old state is back, but the application does not work with it", failed.Error, StringComparison.Ordinal);
        Assert.Contains("greeting: new", await File.ReadAllTextAsync(Path.Combine(_shop.Root, "shop.conf"), Token), StringComparison.Ordinal);
        Assert.Null(await _shop.Shop.AnswerAsync());
        var status = (await _shop.TryRunAsync("status")).Expect(1);
        Assert.Contains("everything is as before, but the application did not work when it was started again", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("between two states", (await _shop.RunAsync("backup")).Error, StringComparison.Ordinal);

        // It ran before the first of them, so it runs after the last.
        _systemctl.Trouble(string.Empty);
        await _shop.RunAsync("restore", "--yes");
        Assert.NotNull(await _shop.Shop.AnswerAsync());
        Assert.DoesNotContain("everything is as before", (await _shop.TryRunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_did_not_start_is_started_by_an_undo_when_what_hindered_it_is_mended()
    {
        _systemctl.Trouble("[ $1 = start ] && { echo 'Job for shop.service failed.' >&2; exit 1; }");
        (await _shop.TryRunAsync("restore", "--yes")).Expect(1);
        var number = (await _shop.RunAsync("operations", "list", "--json")).Json()[0].GetProperty("number").GetInt64();
        _systemctl.Trouble(string.Empty);

        await _shop.RunAsync("operations", "undo", $"{number}");

        Assert.Contains("greeting=new", (await _shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.DoesNotContain("everything is as before", (await _shop.TryRunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("load=not-found; failed=inactive", "systemd does not know the unit shop")]
    [InlineData("[ $1 = show ] && { echo 'System has not been booted with systemd' >&2; exit 1; }", "cannot look at the unit shop")]
    public async Task One_that_nothing_is_known_of_is_neither_stopped_nor_replaced(string trouble, string said)
    {
        _systemctl.Trouble(trouble);

        var failed = (await _shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Empty(_systemctl.Acts);
        await AssertUnchangedAsync();
    }

    private async Task AssertUnchangedAsync()
    {
        Assert.Contains("greeting=new", (await _shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Equal("new certificate", await File.ReadAllTextAsync(Path.Combine(_shop.Root, "certs", "ca.pem"), Token));
    }

    private async Task AssertSettledAsync()
    {
        var operation = (await _shop.RunAsync("operations", "list", "--json")).Json()[0];
        Assert.Equal(("failed", false), (operation.Text("state"), operation.GetProperty("needs_settling").GetBoolean()));
    }
}
