using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>A restore of an application that runs: stopped, exchanged, started, asked; and back to the old state when it does not work.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task A_running_application_is_stopped_restored_and_started_and_a_new_process_answers()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.ChangeAsync();
        var (before, orders) = (shop.Shop.ProcessId, shop.Orders());

        var result = (await shop.RunAsync("restore", "--yes", "--json")).Json();

        var answer = (await shop.Shop.AnswerAsync())!;
        Assert.Contains("greeting=old", answer, StringComparison.Ordinal);
        Assert.NotEqual(before, shop.Shop.ProcessId);
        Assert.NotNull(shop.Shop.ProcessId);
        Assert.Contains($"pid={shop.Shop.ProcessId}", answer, StringComparison.Ordinal);
        Assert.Equal("old certificate", await File.ReadAllTextAsync(Path.Combine(shop.Root, "certs", "ca.pem"), TestContext.Current.CancellationToken));
        Assert.True(result.GetProperty("down_seconds").GetDouble() > 0);
        LeftBehind.ExpectNothing(shop);

        // The safety snapshot has every order that was confirmed before the stop.
        await shop.RunAsync("rollback", "--yes");
        Assert.True(shop.Orders() >= orders, $"{orders} orders were there before the restore, {shop.Orders()} are after the rollback");
        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_application_is_not_healthy_afterwards_the_old_state_comes_back_by_itself()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.WriteManifest(shop.OwnCommands(healthTimeout: "10s"));
        shop.Shop.Configure("unhealthy", greeting: "sick");
        await shop.RunAsync("backup", "--tag", "sick");
        shop.Shop.Configure("normal", greeting: "good");
        await shop.ChangeAsync();

        var failed = (await shop.TryRunAsync("restore", "--yes", "--json")).Expect(1);

        Assert.Contains("the old state is back", failed.Error, StringComparison.Ordinal);
        Assert.Contains("healthy", failed.Error, StringComparison.Ordinal);
        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.Equal("new certificate", await File.ReadAllTextAsync(Path.Combine(shop.Root, "certs", "ca.pem"), TestContext.Current.CancellationToken));
        LeftBehind.ExpectOnlyNamed(shop, failed);
        var operation = (await shop.RunAsync("operations", "list", "--json")).Json()[0];
        Assert.Equal(("failed", false), (operation.Text("state"), operation.GetProperty("needs_settling").GetBoolean()));
    }

    [Fact]
    public async Task When_the_application_does_not_stop_nothing_is_changed_and_it_goes_on()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.WriteManifest(shop.OwnCommands().Replace("timeout: 20s", "timeout: 3s", StringComparison.Ordinal));
        await shop.StopAsync();
        shop.Shop.Configure("stubborn", greeting: "stubborn");
        await shop.StartAsync();
        var process = shop.Shop.ProcessId;
        var orders = shop.Orders();

        var failed = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Equal(process, shop.Shop.ProcessId);
        Assert.Contains("greeting=stubborn", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.True(shop.Orders() >= orders);
        Assert.DoesNotContain("internal error", failed.Error, StringComparison.Ordinal);
        LeftBehind.ExpectNothing(shop);
    }

    [Fact]
    public async Task One_that_did_not_run_is_not_started_unless_asked_for()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.StopAsync();

        await shop.RunAsync("restore", "--yes");
        Assert.Null(await shop.Shop.AnswerAsync());

        await shop.RunAsync("restore", "--yes", "--start");
        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_that_the_snapshot_brings_need_not_be_there_yet()
    {
        using var shop = await RunningShop.CreateAsync();
        var control = Path.Combine(shop.Root, "certs", "control");
        await File.WriteAllTextAsync(control, "#!/bin/sh\nexec \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(control, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        shop.WriteManifest(shop.OwnCommands().Replace(": [", $": [\"{control}\", ", StringComparison.Ordinal));
        await shop.RunAsync("backup");
        await shop.StopAsync();
        File.Delete(control);

        var planned = await shop.RunAsync("restore", "--dry-run");
        Assert.Contains("is not there", planned.Error, StringComparison.Ordinal);
        Assert.Contains("--start", planned.Error, StringComparison.Ordinal);
        var done = await shop.RunAsync("restore", "--yes", "--start");

        Assert.Contains("is not there", done.Error, StringComparison.Ordinal);
        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.True(File.Exists(control));
    }

    [Fact]
    public async Task A_rollback_says_what_it_takes_back_and_that_a_later_restore_had_failed()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.WriteManifest(shop.OwnCommands(healthTimeout: "10s"));
        await shop.StopAsync();
        var first = (await shop.RunAsync("restore", "--yes", "--json")).Json();
        var shown = (await shop.RunAsync("rollback", "--dry-run")).Output;
        Assert.Contains($"undo     operation {first.GetProperty("operation").GetInt64()} of ", shown, StringComparison.Ordinal);
        Assert.Contains($"restore snapshot {first.Text("snapshot_id")[..8]} of ", shown, StringComparison.Ordinal);
        shop.Shop.Configure("unhealthy", greeting: "sick");
        await shop.RunAsync("backup", "--tag", "sick");
        (await shop.TryRunAsync("restore", "--yes", "--start")).Expect(1);

        var planned = await shop.RunAsync("rollback", "--dry-run");

        Assert.Contains($"operation {first.GetProperty("operation").GetInt64()} of ", planned.Error, StringComparison.Ordinal);
        Assert.Contains("came after it, failed, and changed nothing", planned.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_service_in_the_manifest_a_running_application_is_in_the_way()
    {
        using var shop = await RunningShop.CreateAsync(service: "");
        var process = shop.Shop.ProcessId;

        var refused = (await shop.TryRunAsync("restore", "--yes")).Expect(1);

        Assert.Contains("is open in", refused.Error, StringComparison.Ordinal);
        Assert.Equal(process, shop.Shop.ProcessId);
        LeftBehind.ExpectNothing(shop);
    }

    [Fact]
    public async Task The_dry_run_says_what_is_stopped_saved_replaced_removed_and_started()
    {
        using var shop = await RunningShop.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(shop.Root, "certs", "extra.pem"), "x", TestContext.Current.CancellationToken);

        var plan = (await shop.RunAsync("restore", "--dry-run", "--delete", "--json")).Json();

        Assert.NotNull(plan.GetProperty("stops").GetString());
        Assert.NotNull(plan.GetProperty("starts").GetString());
        Assert.Contains(shop.Shop.Database, plan.Strings("replaced"));
        Assert.Equal([Path.Combine(shop.Root, "certs", "extra.pem")], plan.Strings("removed"));
        Assert.True(plan.GetProperty("safety_bytes").GetInt64() > 0);
        Assert.All(plan.GetProperty("space").EnumerateArray(), room => Assert.True(room.GetProperty("free_bytes").GetInt64() > room.GetProperty("needed_bytes").GetInt64()));
        Assert.NotNull(shop.Shop.ProcessId);

        await shop.RunAsync("restore", "--delete", "--yes");
        Assert.False(File.Exists(Path.Combine(shop.Root, "certs", "extra.pem")));
        await shop.RunAsync("rollback", "--yes");
        Assert.True(File.Exists(Path.Combine(shop.Root, "certs", "extra.pem")));
    }

    [Fact]
    public async Task Only_a_part_is_restored_by_the_name_of_its_group_its_database_or_its_path()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.ChangeAsync();

        await shop.RunAsync("restore", "--only", "certs", "--yes");
        Assert.Equal("old certificate", await File.ReadAllTextAsync(Path.Combine(shop.Root, "certs", "ca.pem"), TestContext.Current.CancellationToken));
        Assert.Contains("greeting: new", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var orders = shop.Orders();
        await shop.RunAsync("restore", "--only", "./shop.conf", "--yes");
        Assert.True(shop.Orders() >= orders);
        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);

        var unknown = (await shop.TryRunAsync("restore", "--only", "cert", "--yes")).Expect(1);
        Assert.Contains("databases, main, config, certs", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_to_ask_and_no_yes_is_a_wrong_usage_that_changes_nothing()
    {
        using var shop = await RunningShop.CreateAsync();
        var process = shop.Shop.ProcessId;

        var refused = (await shop.TryRunAsync("restore")).Expect(2);

        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        Assert.Equal(process, shop.Shop.ProcessId);
    }
}
