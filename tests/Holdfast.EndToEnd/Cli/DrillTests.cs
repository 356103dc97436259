using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class DrillTests : WorkplaceTests
{
    [Fact]
    public async Task Proves_a_snapshot_and_list_and_show_remember_it()
    {
        using var live = Place.Live("live.db");
        Place.Write("file", "content");
        var first = await Place.BackUpAsync();
        var second = await Place.BackUpAsync();
        Directory.CreateDirectory(Place["scratch"]);

        var drill = await Place.JsonAsync(0, "drill", first[..12], "--scratch", Place["scratch"]);

        drill.ExpectFields("snapshot_id", "proven", "seconds", "restore_seconds", "checks");
        Assert.True(drill.GetProperty("proven").GetBoolean());
        var names = drill.GetProperty("checks").EnumerateArray().Select(check => check.Text("name")).ToList();
        Assert.Superset(new HashSet<string>(["integrity_check", "foreign_key_check", "row_counts"], StringComparer.Ordinal), names.ToHashSet(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Place["scratch"]));
        var proven = (await Place.JsonAsync(0, "list")).EnumerateArray().ToDictionary(item => item.Text("id"), item => item.GetProperty("proven").GetBoolean());
        Assert.True(proven[first]);
        Assert.False(proven[second]);
        Assert.NotNull((await Place.JsonAsync(0, "show", first)).Text("proven_at"));
    }

    [Fact]
    public async Task Without_an_ID_drills_the_latest()
    {
        Place.Write("file", "content");
        await Place.BackUpAsync();
        var latest = await Place.BackUpAsync();

        Assert.Equal(latest, (await Place.JsonAsync(0, "drill")).Text("snapshot_id"));
    }

    [Theory]
    [InlineData("expect_tables: [people, missing_one]", "missing_one")]
    [InlineData("assertions: [\"select count(*) > 100 from people\"]", "select count(*) > 100 from people")]
    [InlineData("assertions: [\"select nonsense\"]", "nonsense")]
    public async Task What_the_manifest_demands_and_the_data_lacks_is_not_proven(string demand, string named)
    {
        Place.Database("shop.db");
        Place.Write("holdfast.yaml", $"application: shop\ndatabases:\n  main:\n    sqlite: shop.db\n    {demand}\nrepositories: {{ local: {{ path: {Place.Repository} }} }}\n");
        (await Place.Holdfast.TryRunInAsync(Place.Application, "backup")).Expect(0);

        var drill = (await Place.Holdfast.TryRunInAsync(Place.Application, "drill")).Expect(1);

        Assert.Contains(named, drill.Output, StringComparison.Ordinal);
        Assert.Contains("NOT proven", drill.Output, StringComparison.Ordinal);
        Assert.Contains("FAILED", (await Place.Holdfast.RunAsync("list")).Output, StringComparison.Ordinal);
        var listed = (await Place.JsonAsync(0, "list"))[0];
        Assert.False(listed.GetProperty("proven").GetBoolean());
        Assert.True(listed.GetProperty("drill_failed").GetBoolean());
        var shown = await Place.JsonAsync(0, "show", "latest");
        Assert.StartsWith("20", shown.Text("drill_failed_at"), StringComparison.Ordinal);
        var failed = Assert.Single(shown.GetProperty("failed_checks").EnumerateArray());
        Assert.Contains(named, failed.Text("subject") + failed.Text("detail"), StringComparison.Ordinal);
        var lines = (await Place.Holdfast.RunAsync("show", "latest")).Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("proven    FAILED, 20", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("failed    ", StringComparison.Ordinal) && line.Contains(named, StringComparison.Ordinal));
    }
}
