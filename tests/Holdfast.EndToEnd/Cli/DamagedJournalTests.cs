using Holdfast.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>One entry of the journal that cannot be read: shown as such, in nobody's way where it cannot matter, and never taken for nothing where it can.</summary>
public sealed class DamagedJournalTests
{
    [Theory]
    [InlineData("state = 'Levitating'")]
    [InlineData("result = '{'")]
    [InlineData("started = x'00'")]
    public async Task An_entry_that_cannot_be_read_is_shown_as_such_and_all_others_are_listed(string damage)
    {
        using var place = await Workplace.CreateAsync();
        place.Database("main.db");
        await place.BackUpAsync();
        await place.Holdfast.RunAsync("check");
        Damage(place, $"{damage} where number = 1");

        var listed = (await place.JsonAsync(0, "operations", "list", "--all")).EnumerateArray().ToList();

        Assert.Equal([2, 1], listed.Select(operation => operation.GetProperty("number").GetInt64()));
        Assert.Equal([0, 1], listed.Select(operation => operation.GetProperty("unreadable").GetArrayLength()));
        Assert.Contains("`holdfast operations show 1`", (await place.Holdfast.RunAsync("operations", "list", "--all")).Output, StringComparison.Ordinal);
        Assert.Contains("damage    ", (await place.Holdfast.RunAsync("operations", "show", "1")).Output, StringComparison.Ordinal);
        await place.Holdfast.TryRunAsync("status");
    }

    [Fact]
    public async Task What_an_application_left_and_nobody_can_read_refuses_its_restore_until_it_is_forgotten()
    {
        using var place = await Workplace.CreateAsync();
        var manifest = await SavedAsync(place);
        Damage(place, "state = 'Failed', undo = '{}' where kind = 'restore'");

        var refused = (await place.Holdfast.TryRunAsync("restore", "--yes", "--config", manifest)).Expect(1);
        Assert.Contains("cannot be read", refused.Error, StringComparison.Ordinal);
        Assert.Contains("operations forget 2", refused.Error, StringComparison.Ordinal);
        Assert.Contains("operations forget 2", (await place.Holdfast.TryRunAsync("status", "--config", manifest)).Expect(1).Output, StringComparison.Ordinal);
        foreach (var how in new[] { "undo", "resume" })
            Assert.Contains("operations forget 2", (await place.Holdfast.TryRunAsync("operations", how, "2")).Expect(1).Error, StringComparison.Ordinal);

        var forgotten = await place.JsonAsync(0, "operations", "forget", "2");

        var kept = forgotten.Text("file");
        Assert.Contains("\"undo\": \"{}\"", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        (await place.Holdfast.TryRunAsync("operations", "show", "2")).Expect(1);
        await place.Holdfast.RunAsync("restore", "--yes", "--config", manifest);
    }

    [Fact]
    public async Task What_another_application_left_and_nobody_can_read_is_in_nobodys_way()
    {
        using var place = await Workplace.CreateAsync();
        var manifest = await SavedAsync(place);
        Damage(place, "state = 'Levitating', undo = '{}', place = '/srv/other/holdfast.yaml' where kind = 'restore'");

        await place.Holdfast.RunAsync("restore", "--yes", "--config", manifest);

        // Nobody knows of which application it is.
        Damage(place, "place = x'00' where number = 2");
        Assert.Contains("operations forget 2", (await place.Holdfast.TryRunAsync("restore", "--yes", "--config", manifest)).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_still_be_undone_or_holds_nobody_up_is_not_forgotten()
    {
        using var place = await Workplace.CreateAsync();
        await SavedAsync(place);

        (await place.Holdfast.TryRunAsync("operations", "forget", "2")).Expect(2);
        Damage(place, "state = 'Running', owner_start = 1, ended = null where number = 2");
        var refused = (await place.Holdfast.TryRunAsync("operations", "forget", "2")).Expect(2);
        Assert.Contains("operations undo 2", refused.Error, StringComparison.Ordinal);

        await place.Holdfast.RunAsync("operations", "forget", "2", "--force");
    }

    [Fact]
    public async Task A_rollback_does_not_go_past_an_entry_that_may_be_the_last_restore()
    {
        using var place = await Workplace.CreateAsync();
        var manifest = await SavedAsync(place);
        await place.Holdfast.RunAsync("restore", "--yes", "--config", manifest);
        Damage(place, "state = 'Levitating' where number = 3");

        var refused = (await place.Holdfast.TryRunAsync("rollback", "--yes", "--config", manifest)).Expect(1);

        Assert.Contains("operation 3 may be the last restore", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>An application that was backed up (operation 1) and restored (operation 2).</summary>
    private static async Task<string> SavedAsync(Workplace place)
    {
        place.Database("main.db");
        var manifest = place.Write("holdfast.yaml", $$"""
            application: shop
            databases: { main: { sqlite: main.db } }
            repositories: { local: { path: {{place.Repository}} } }
            """);
        await place.Holdfast.RunAsync("backup", "--config", manifest);
        await place.Holdfast.RunAsync("restore", "--yes", "--config", manifest);
        return manifest;
    }

    private static void Damage(Workplace place, string change)
    {
        using var state = SqliteConnections.Open(Path.Combine(place.Holdfast.State, "state.db"));
        state.Execute($"update operations set {change}");
    }
}
