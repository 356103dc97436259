using System.Text.Json;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Finding a restore point: list and its filters, the options that choose one, show and diff.</summary>
public sealed class FindingTests : WorkplaceTests
{
    [Fact]
    public async Task List_filters_by_time_tag_host_application_path_and_proof()
    {
        var ids = await SaveThreeAsync();
        var times = (await ListAsync()).Select(item => item.Text("time")).ToList();

        Assert.Equal(ids, await IdsAsync());
        Assert.Equal(ids[..2], await IdsAsync("--before", times[1]));
        Assert.Equal(ids[1..], await IdsAsync("--after", times[1]));
        Assert.Equal([ids[1]], await IdsAsync("--after", times[1], "--before", times[1]));
        Assert.Equal([ids[0], ids[2]], await IdsAsync("--tag", "app=shop"));
        Assert.Equal([ids[0], ids[2]], await IdsAsync("--application", "shop"));
        Assert.Equal([ids[2]], await IdsAsync("--tag", "app=shop", "--tag", SafetyTag.Value));
        Assert.Equal([ids[1]], await IdsAsync("--path", Place.Write("other", "x")));
        Assert.Empty(await IdsAsync("--host", "elsewhere"));
        Assert.Equal(ids, await IdsAsync("--host", "elsewhere", "--host", Environment.MachineName));
        Assert.Equal(ids[2..], await IdsAsync("--limit", "1"));
        Assert.Empty(await IdsAsync("--proven"));
        await Place.Holdfast.RunAsync("drill", ids[1]);
        Assert.Equal([ids[1]], await IdsAsync("--proven"));
        Assert.Empty(await IdsAsync("--before", "1h"));
    }

    [Fact]
    public async Task List_marks_safety_snapshots_and_no_command_chooses_one()
    {
        var ids = await SaveThreeAsync();

        var last = (await ListAsync())[^1];

        Assert.True(last.GetProperty("safety").GetBoolean());
        Assert.Equal("shop", last.Text("application"));
        Assert.Contains("SAFETY", (await Place.Holdfast.RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.Equal(ids[1], (await Place.JsonAsync(0, "show")).Text("id"));
        Assert.Equal(ids[0], (await Place.JsonAsync(0, "show", "latest", "--application", "shop")).Text("id"));
        Assert.Equal(ids[2], (await Place.JsonAsync(0, "show", ids[2])).Text("id"));
    }

    [Fact]
    public async Task Before_and_proven_choose_in_every_command()
    {
        var ids = await SaveThreeAsync();
        var times = (await ListAsync()).Select(item => item.Text("time")).ToList();

        Assert.Equal(ids[0], (await Place.JsonAsync(0, "drill", "--before", times[0])).Text("snapshot_id"));
        Assert.Equal(ids[0], (await Place.JsonAsync(0, "show", "--proven")).Text("id"));
        Assert.Equal("one", (await Place.Holdfast.RunAsync("dump", "--proven", Path.Combine(Place.Application, "file"))).Output);
        (await Place.JsonAsync(1, "show", "--proven", "--before", "2h")).ExpectFailure(1, "proven");
        (await Place.JsonAsync(2, "show", ids[0], "--proven")).ExpectFailure(2, "ID");
        (await Place.JsonAsync(2, "show", "--before", "last tuesday")).ExpectFailure(2, "last tuesday");
    }

    [Fact]
    public async Task Local_times_are_those_of_the_time_zone_and_doubtful_ones_are_told()
    {
        await SaveThreeAsync();
        Place.Holdfast.With("TZ", "Europe/Berlin");

        var twice = await Place.Holdfast.RunAsync("list", "--before", "2025-10-26 02:30");
        var never = await Place.Holdfast.RunAsync("list", "--after", "2025-03-30 02:30");

        Assert.Contains("2025-10-26T02:30:00+02:00", twice.Error, StringComparison.Ordinal);
        Assert.Contains("2025-10-26T02:30:00+01:00", twice.Error, StringComparison.Ordinal);
        Assert.Contains("never", never.Error, StringComparison.Ordinal);
        var last = DateTimeOffset.Parse((await ListAsync())[^1].Text("time"), null);
        var local = TimeZoneInfo.ConvertTime(last, TimeZoneInfo.FindSystemTimeZoneById("Asia/Kathmandu"));
        Place.Holdfast.With("TZ", "Asia/Kathmandu");
        Assert.Equal(3, (await IdsAsync("--before", local.AddSeconds(1).ToString("yyyy-MM-dd HH:mm:ss", null))).Count);
        Assert.Empty(await IdsAsync("--before", local.AddMinutes(-5).ToString("yyyy-MM-dd HH:mm:ss", null)));
    }

    [Fact]
    public async Task Show_tells_what_changed_since_the_snapshot_before()
    {
        var database = Place.Database("shop.db");
        Place.Write("file", "one");
        var first = await Place.BackUpAsync();
        Assert.Equal(JsonValueKind.Null, (await Place.JsonAsync(0, "show")).GetProperty("since_previous").ValueKind);
        using (var connection = Workplace.Connect(database))
            Holdfast.Engine.Databases.Sqlite.SqliteConnections.Execute(connection, "insert into people(name) values ('Alan'); create table fresh(x)");
        Place.Write("file", "longer");
        Place.Write("new", "12345");
        await Place.BackUpAsync();

        var since = (await Place.JsonAsync(0, "show")).GetProperty("since_previous");

        var summary = since.GetProperty("summary");
        Assert.Equal(first, summary.Text("from"));
        Assert.Equal((1, 2, 5), (Number(summary, "files_added"), Number(summary, "files_changed"), Number(summary, "bytes_added")));
        var tables = Assert.Single(since.GetProperty("databases").EnumerateArray().ToList()).GetProperty("tables").EnumerateArray().ToList();
        Assert.Equal(["fresh", "people"], tables.Select(table => table.Text("name")));
        Assert.Equal((2, 3), (Number(tables[1], "old_rows"), Number(tables[1], "new_rows")));
        var words = (await Place.Holdfast.RunAsync("show")).Output;
        Assert.Contains("people: 2 rows, now 3 (+1)", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_finds_what_restic_diff_finds()
    {
        var tree = new SyntheticTree(Place.Application);
        tree.Directory("same").File("same/x", "x"u8).Directory("gone").File("gone/deep", "1"u8).File("changed", "1"u8).File("becomes", "1"u8).File("mode", "1"u8);
        tree.Directory("sub").File("sub/x", "1"u8).SymbolicLink("link", "old").File("odd \u00e4 name", "1"u8);
        Place.Database("shop.db");
        var first = await Place.BackUpAsync();
        Directory.Delete(Place["application", "gone"], recursive: true);
        File.Delete(Place["application", "becomes"]);
        tree.SymbolicLink("becomes", "elsewhere").Mode("mode", 0x180).Directory("new").File("new/x", "2"u8).Directory("new/empty");
        Place.Write("changed", "22");
        Place.Write("sub/x", "3");
        File.Delete(Place["application", "odd \u00e4 name"]);
        var second = await Place.BackUpAsync();

        var own = await DiffAsync(first, second);
        var restic = (await Place.Restic.RunAsync("diff", first, second)).OutputLines
            .Where(line => line.Length > 5 && line[5] == '/')
            .Select(line => $"{line[..5].Trim()} {line[5..].TrimEnd('/')}")
            .Where(line => !line.Contains("/.holdfast", StringComparison.Ordinal));

        Assert.Equal(restic.Order(StringComparer.Ordinal), own.Where(line => line[0] != 'U').Order(StringComparer.Ordinal));
        Assert.Contains($"U {Place["application", "mode"]}", own);
        Assert.Equal(own, await DiffAsync());
        Assert.Empty(await DiffAsync(second, second));
    }

    [Fact]
    public async Task Diff_of_the_first_snapshot_says_what_to_do()
    {
        Place.Write("file", "one");
        await Place.BackUpAsync();

        (await Place.JsonAsync(1, "diff")).ExpectFailure(1, "before");
    }

    [Fact]
    public async Task A_thousand_snapshots_are_listed_in_the_order_of_their_times()
    {
        using (var repository = await Place.OpenAsync())
        {
            var first = Timestamp.Parse("2024-01-01T00:00:00Z");
            foreach (var number in Enumerable.Range(0, 1000).OrderBy(number => number * 7919 % 1000))
            {
                var snapshot = new Snapshot { Time = first with { UnixSeconds = first.UnixSeconds + (number * 3600) }, Tree = Id.Of("none"u8), Paths = ["/srv"], Hostname = "web", Tags = ["app=shop"] };
                await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), TestContext.Current.CancellationToken);
            }
        }

        var times = (await ListAsync()).Select(item => DateTimeOffset.Parse(item.Text("time"), null)).ToList();

        Assert.Equal(1000, times.Count);
        Assert.Equal(times.Order(), times);
        Assert.Equal(24, (await IdsAsync("--after", "2024-01-02T00:00Z", "--before", "2024-01-02T23:59Z")).Count);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(6, (await Place.Holdfast.RunAsync("list", "--limit", "5")).OutputLines.Count);
        TestContext.Current.TestOutputHelper!.WriteLine($"list of 1,000 snapshots: {watch.Elapsed.TotalSeconds:0.00} s");
    }

    private static long Number(JsonElement document, string name) => document.GetProperty(name).GetInt64();

    /// <summary>Letter and path of every change, from the text and from the documents, which must agree.</summary>
    private async Task<List<string>> DiffAsync(params string[] snapshots)
    {
        var text = (await Place.Holdfast.RunAsync(["diff", .. snapshots])).OutputLines
            .Where(line => line.Length > 3 && line[1] == ' ' && line[3] == '/')
            .Select(line => $"{line[0]} {line[3..].Split("  (")[0].TrimEnd('/')}").ToList();
        var lines = (await Place.Holdfast.RunAsync(["diff", .. snapshots, "--json"])).JsonLines();
        Assert.Equal("summary", lines[^1].Text("type"));
        Assert.Equal(text.Select(line => line[2..]), lines.Where(line => line.Text("type") == "change").Select(line => line.Text("path")));
        return text;
    }

    private async Task<List<JsonElement>> ListAsync(params string[] options) => [.. (await Place.JsonAsync(0, ["list", .. options])).EnumerateArray()];

    private async Task<List<string>> IdsAsync(params string[] options) => [.. (await ListAsync(options)).Select(item => item.Text("id"))];

    /// <summary>One of the application shop, one of another path, and a safety snapshot of shop.</summary>
    private async Task<List<string>> SaveThreeAsync()
    {
        Place.Write("file", "one");
        var other = Place.Write("other", "x");
        var first = (await Place.JsonAsync(0, "backup", Place.Application, "--tag", "app=shop")).Text("snapshot_id");
        var second = await Place.BackUpAsync(other);
        Place.Write("file", "two");
        var third = (await Place.JsonAsync(0, "backup", Place.Application, "--tag", "app=shop", "--tag", SafetyTag.Value)).Text("snapshot_id");
        return [first, second, third];
    }
}
