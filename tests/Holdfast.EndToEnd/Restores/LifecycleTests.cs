using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
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
        shop.WriteManifest(shop.OwnCommands(healthTimeout: "20s"));
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
    public async Task A_state_that_is_not_as_expected_is_restored_only_when_wanted_and_a_rollback_may_go_back_to_one()
    {
        using var shop = await RunningShop.CreateAsync();
        var good = (await shop.RunAsync("list", "--json")).Json()[0].Text("id");
        await shop.StopAsync();
        Empty(shop);
        Assert.Contains((await shop.TryRunAsync("backup")).ExitCode, new[] { 0, 3 });
        var empty = (await shop.RunAsync("list", "--json")).Json().EnumerateArray().Single(stored => stored.Text("id") != good).Text("id");
        await shop.StartAsync();
        await shop.ChangeAsync();
        var process = shop.Shop.ProcessId;

        var refused = (await shop.TryRunAsync("restore", empty, "--yes")).Expect(1);

        Assert.Contains("select count(*) > 0 from orders", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(process, shop.Shop.ProcessId);
        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        LeftBehind.ExpectNothing(shop);

        var forced = (await shop.TryRunAsync("restore", empty, "--yes", "--force")).Expect(3);
        Assert.Contains("is not as expected", forced.Error, StringComparison.Ordinal);
        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);

        await shop.StopAsync();
        Empty(shop);
        await shop.RunAsync("restore", good, "--yes");
        Assert.True(shop.Orders() > 0);
        // Back to what was there before, whatever that was: nothing is missing of it, and nothing was expected of it.
        Assert.DoesNotContain("not as expected", (await shop.RunAsync("rollback", "--yes")).Error, StringComparison.Ordinal);
        Assert.Equal(0, shop.Orders());
    }

    [Fact]
    public async Task Of_a_large_database_with_few_changes_only_what_differs_is_fetched()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.StopAsync();
        Execute(shop, "create table filler(x); with recursive n(i) as (select 1 union all select i + 1 from n where i < 1600) insert into filler select randomblob(10000) from n");
        await shop.RunAsync("backup");
        Execute(shop, "update filler set x = randomblob(10000) where rowid = 7");

        var result = (await shop.RunAsync("restore", "--yes", "--json")).Json();

        var (bytes, reused) = (result.GetProperty("bytes").GetInt64(), result.GetProperty("bytes_reused").GetInt64());
        Assert.InRange(bytes, 16_000_000, 20_000_000);
        Assert.InRange(reused, bytes / 2, bytes - 10_000);
    }

    private static void Empty(RunningShop shop) => Execute(shop, "delete from orders");

    private static void Execute(RunningShop shop, string sql)
    {
        using var connection = SqliteConnections.Open(shop.Shop.Database);
        connection.Execute(sql);
    }

    [Fact]
    public async Task When_the_application_does_not_stop_nothing_is_changed_and_it_goes_on()
    {
        using var shop = await RunningShop.CreateAsync();
        shop.WriteManifest(shop.OwnCommands(timeout: "10s"));
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
        await shop.StopAsync();
        var first = (await shop.RunAsync("restore", "--yes", "--json")).Json();
        var shown = (await shop.RunAsync("rollback", "--dry-run")).Output;
        Assert.Contains($"undo     operation {first.GetProperty("operation").GetInt64()} of ", shown, StringComparison.Ordinal);
        Assert.Contains($"restore snapshot {first.Text("snapshot_id")[..8]} of ", shown, StringComparison.Ordinal);
        shop.Shop.Configure("unhealthy", greeting: "sick");
        // It never is healthy, so that nothing hangs on how long it is waited for; and the restore before has brought another manifest.
        shop.WriteManifest(shop.OwnCommands(healthTimeout: "2s"));
        await shop.RunAsync("backup", "--tag", "sick");
        (await shop.TryRunAsync("restore", "--yes", "--start")).Expect(1);

        var planned = await shop.RunAsync("rollback", "--dry-run");

        Assert.Contains($"operation {first.GetProperty("operation").GetInt64()} of ", planned.Error, StringComparison.Ordinal);
        Assert.Contains("came after it, failed, and changed nothing", planned.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_restored_without_a_safety_snapshot_is_not_taken_back_in_part()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.StopAsync();
        await shop.RunAsync("restore", "--yes");
        shop.Shop.Configure("normal", greeting: "new");
        File.Delete(Path.Combine(shop.Root, "certs", "ca.pem"));
        await shop.RunAsync("restore", "--yes", "--no-safety");

        var refused = (await shop.TryRunAsync("rollback", "--yes")).Expect(1);

        Assert.Contains("--no-safety", refused.Error, StringComparison.Ordinal);
        Assert.Contains("greeting: old", await File.ReadAllTextAsync(Path.Combine(shop.Root, "shop.conf"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(shop.Root, "certs", "ca.pem")));
    }

    [Fact]
    public async Task One_that_was_interrupted_before_a_later_one_is_not_gone_on_with()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.StopAsync();
        var first = (await shop.RunAsync("restore", "--yes", "--json")).Json().GetProperty("operation").GetInt64();
        var second = (await shop.RunAsync("restore", "--yes", "--json")).Json().GetProperty("operation").GetInt64();
        using (var state = SqliteConnections.Open(Path.Combine(shop.Holdfast.State, "state.db")))
            state.Execute(FormattableString.Invariant($"update operations set state = 'Running', ended = null, owner_start = 1 where number = {first}"));

        var refused = (await shop.TryRunAsync("operations", "resume", $"{first}")).Expect(2);

        Assert.Contains($"operation {second}", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"operations undo {first}", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"operation {second} of ", (await shop.RunAsync("rollback", "--dry-run")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rolled_back_from_where_it_saved_also_when_the_restored_manifest_names_another_repository()
    {
        using var shop = await RunningShop.CreateAsync();
        await shop.StopAsync();
        var manifest = await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            shop.Manifest, manifest.Replace(shop.Place.Repository, shop.Place["elsewhere"], StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await shop.RunAsync("backup", "-r", shop.Place.Repository);
        await File.WriteAllTextAsync(shop.Manifest, manifest, TestContext.Current.CancellationToken);

        var restored = await shop.RunAsync("restore", "--yes");
        Assert.Contains("names another repository", restored.Error, StringComparison.Ordinal);
        await shop.RunAsync("rollback", "--yes");

        Assert.Equal(manifest, await File.ReadAllTextAsync(shop.Manifest, TestContext.Current.CancellationToken));
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
