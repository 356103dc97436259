using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class DrillTests : IAsyncLifetime
{
    private Workplace _place = null!;

    public async ValueTask InitializeAsync() => _place = await Workplace.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Proves_a_snapshot_and_list_and_show_remember_it()
    {
        using var live = _place.Live("live.db");
        _place.Write("file", "content");
        var first = await _place.BackUpAsync();
        var second = await _place.BackUpAsync();
        Directory.CreateDirectory(_place["scratch"]);

        var drill = await _place.JsonAsync(0, "drill", first[..12], "--scratch", _place["scratch"]);

        drill.ExpectFields("snapshot_id", "proven", "seconds", "restore_seconds", "checks");
        Assert.True(drill.GetProperty("proven").GetBoolean());
        var names = drill.GetProperty("checks").EnumerateArray().Select(check => check.Text("name")).ToList();
        Assert.Superset(new HashSet<string>(["integrity_check", "foreign_key_check", "row_counts"], StringComparer.Ordinal), names.ToHashSet(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(_place["scratch"]));
        var proven = (await _place.JsonAsync(0, "list")).EnumerateArray().ToDictionary(item => item.Text("id"), item => item.GetProperty("proven").GetBoolean());
        Assert.True(proven[first]);
        Assert.False(proven[second]);
        Assert.NotNull((await _place.JsonAsync(0, "show", first)).Text("proven_at"));
    }

    [Fact]
    public async Task Without_an_ID_drills_the_latest()
    {
        _place.Write("file", "content");
        await _place.BackUpAsync();
        var latest = await _place.BackUpAsync();

        Assert.Equal(latest, (await _place.JsonAsync(0, "drill")).Text("snapshot_id"));
    }

    [Theory]
    [InlineData("expect_tables: [people, missing_one]", "missing_one")]
    [InlineData("assertions: [\"select count(*) > 100 from people\"]", "select count(*) > 100 from people")]
    [InlineData("assertions: [\"select nonsense\"]", "nonsense")]
    public async Task What_the_manifest_demands_and_the_data_lacks_is_not_proven(string demand, string named)
    {
        _place.Database("shop.db");
        _place.Write("holdfast.yaml", $"application: shop\ndatabases:\n  main:\n    sqlite: shop.db\n    {demand}\nrepositories: {{ local: {{ path: {_place.Repository} }} }}\n");
        (await _place.Holdfast.TryRunInAsync(_place.Application, "backup")).Expect(0);

        var drill = (await _place.Holdfast.TryRunInAsync(_place.Application, "drill")).Expect(1);

        Assert.Contains(named, drill.Output, StringComparison.Ordinal);
        Assert.Contains("NOT proven", drill.Output, StringComparison.Ordinal);
        Assert.Contains("FAILED", (await _place.Holdfast.RunAsync("list")).Output, StringComparison.Ordinal);
        var listed = (await _place.JsonAsync(0, "list"))[0];
        Assert.False(listed.GetProperty("proven").GetBoolean());
        Assert.True(listed.GetProperty("drill_failed").GetBoolean());
        var shown = await _place.JsonAsync(0, "show", "latest");
        Assert.StartsWith("20", shown.Text("drill_failed_at"), StringComparison.Ordinal);
        var failed = Assert.Single(shown.GetProperty("failed_checks").EnumerateArray());
        Assert.Contains(named, failed.Text("subject") + failed.Text("detail"), StringComparison.Ordinal);
        var lines = (await _place.Holdfast.RunAsync("show", "latest")).Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("proven    FAILED, 20", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("failed    ", StringComparison.Ordinal) && line.Contains(named, StringComparison.Ordinal));
    }
}
