using Holdfast.EndToEnd.Restic;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>list and show, and how snapshots are named.</summary>
public sealed class SnapshotsTests : WorkplaceTests
{
    [Fact]
    public async Task A_repository_without_snapshots_has_an_empty_list()
    {
        Assert.Equal(0, (await Place.JsonAsync(0, "list")).GetArrayLength());
        Assert.Contains("holdfast backup", (await Place.Holdfast.RunAsync("list")).Output, StringComparison.Ordinal);
        (await Place.JsonAsync(1, "show", "latest")).ExpectFailure(1, "no snapshots");
    }

    [Fact]
    public async Task List_and_show_tell_what_there_is()
    {
        var database = Place.Database("shop.db");
        var first = await Place.BackUpAsync();
        var second = (await Place.JsonAsync(0, "backup", Place.Application, "--tag", "nightly")).Text("snapshot_id");

        var list = (await Place.JsonAsync(0, "list")).EnumerateArray().ToList();

        foreach (var item in list) item.ExpectFields("id", "time", "hostname", "paths", "tags", "proven");
        Assert.Equal([first, second], list.Select(item => item.Text("id")));
        Assert.Equal([Place.Application], list[0].Texts("paths"));
        Assert.Equal(["nightly"], list[1].Texts("tags"));
        Assert.Equal(Environment.MachineName, list[1].Text("hostname"));
        Assert.True(DateTimeOffset.TryParse(list[1].Text("time"), null, out var time) && DateTimeOffset.UtcNow - time < TimeSpan.FromMinutes(5));
        var show = await Place.JsonAsync(0, "show", second[..10]);
        Assert.Equal(second, show.Text("id"));
        Assert.Equal(first, show.Text("parent"));
        var shown = Assert.Single(show.GetProperty("databases").EnumerateArray().ToList());
        Assert.Equal(database, shown.Text("path"));
        Assert.Equal(2, shown.GetProperty("tables").GetProperty("people").GetInt64());
        var words = (await Place.Holdfast.RunAsync("show", "latest")).Output;
        Assert.Contains("people: 2 rows", words, StringComparison.Ordinal);
        Assert.Contains(second[..8], (await Place.Holdfast.RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ambiguous_ID_is_refused_and_its_candidates_are_named()
    {
        var ids = await SaveAsync(17);
        var prefix = ids.GroupBy(id => id[0]).First(group => group.Count() > 1);

        foreach (var command in new[] { "show", "restore", "drill" })
        {
            var refused = await Place.JsonAsync(2, command, prefix.Key.ToString());

            foreach (var candidate in prefix) Assert.Contains(candidate[..8], refused.Text("message"), StringComparison.Ordinal);
            Assert.Contains("more digits", refused.Text("hint"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_ID_that_is_none_is_refused()
    {
        await SaveAsync(1);

        (await Place.JsonAsync(2, "show", "not-an-id")).ExpectFailure(2, "not-an-id");
        (await Place.JsonAsync(1, "show", new string('0', 64))).ExpectFailure(1, "there is no snapshot 0000");
    }

    private async Task<List<string>> SaveAsync(int count)
    {
        var file = Place.Write("file", "content");
        using var repository = await Place.OpenAsync();
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var options = new BackupOptions { Targets = [FilePath.From(file)], Identity = OwnRepository.Identity, Program = "test" };
            var run = new BackupRun(repository, options, new SqliteImageOptions(), TimeProvider.System, new OperationProgress());
            ids.Add((await run.ExecuteAsync(TestContext.Current.CancellationToken)).SnapshotId.ToString());
        }

        return ids;
    }
}
