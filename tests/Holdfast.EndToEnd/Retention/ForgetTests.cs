using System.Globalization;
using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.EndToEnd.Restic;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Retention;

/// <summary>The real program forgets, and the real restic looks at what is left.</summary>
public sealed class ForgetTests : IAsyncLifetime
{
    private Workplace _place = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Manifest => Path.Combine(_place.Application, "holdfast.yaml");

    public async ValueTask InitializeAsync()
    {
        _place = await Workplace.CreateAsync();
        _place.Database("main.db");
        WriteManifest("keep: { daily: 3, monthly: 2 }");
    }

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_manifests_policy_is_applied_and_restic_finds_the_rest_sound()
    {
        var ids = await HistoryAsync(days: 10);

        var dry = await _place.JsonAsync(0, "forget", "--config", Manifest, "--accept-unproven", "--dry-run");
        Assert.Equal(11, (await ListedByResticAsync()).Count);
        var done = await _place.JsonAsync(3, "forget", "--config", Manifest, "--yes");

        // Three days and the month before; the oldest is that month's.
        string[] expected = [ids[0], ids[8], ids[9], ids[10]];
        Assert.Equal(expected.Order(), (await ListedByResticAsync()).Order());
        done.ExpectFields("dry_run", "groups", "removed", "left", "damaged", "problems", "notices", "prune");
        Assert.Equal((true, false), (dry.GetProperty("dry_run").GetBoolean(), done.GetProperty("dry_run").GetBoolean()));
        Assert.Equal(ids.Except(expected).Order(), done.GetProperty("removed").EnumerateArray().Select(id => id.GetString()!).Order());
        Assert.Contains("nothing is known to be proven of the application orchard", Assert.Single(done.Strings("problems")), StringComparison.Ordinal);
        Assert.Empty(dry.Strings("problems"));
        var group = Assert.Single(done.GetProperty("groups").EnumerateArray());
        group.ExpectFields("application", "hostname", "paths", "tags", "keep", "remove");
        var newest = group.GetProperty("keep")[0];
        newest.ExpectFields("id", "short_id", "time", "hostname", "paths", "tags", "reasons", "matches", "counters");
        Assert.Equal(["daily snapshot", "monthly snapshot"], newest.GetProperty("matches").EnumerateArray().Select(match => match.GetString()!));
        newest.GetProperty("reasons")[0].ExpectFields("kind", "text");
        newest.GetProperty("counters").ExpectFields("last", "hourly", "daily", "weekly", "monthly", "yearly");
        Assert.All(group.GetProperty("remove").EnumerateArray(), one => Assert.NotEmpty(one.GetProperty("reasons").EnumerateArray()));
        await _place.Restic.RunAsync("check", "--read-data");
        Assert.Empty((await _place.Restic.RunAsync("list", "locks")).Output.Trim());
    }

    [Fact]
    public async Task With_prune_the_plan_shows_both_and_the_room_is_freed_under_the_same_lock()
    {
        await HistoryAsync(days: 3);
        _place.WriteRandom("later", 7, 3_000_000);
        var last = await _place.BackUpAsync();
        File.Delete(_place["application", "later"]);
        var newest = await _place.BackUpAsync();
        var before = RepositorySize();

        var dry = await _place.JsonAsync(0, "forget", last, "--prune", "--max-unused", "0", "--dry-run");
        Assert.True(dry.GetProperty("prune").GetProperty("dry_run").GetBoolean());
        Assert.InRange(dry.GetProperty("prune").GetProperty("freed_bytes").GetInt64(), 3_000_000, before);
        Assert.Equal(before, RepositorySize());
        (await _place.JsonAsync(2, "forget", last, "--max-unused", "0", "--yes")).ExpectFailure(2, "are for a prune");
        var done = await _place.JsonAsync(0, "forget", last, "--prune", "--max-unused", "0", "--yes");

        Assert.Equal(dry.GetProperty("prune").GetProperty("freed_bytes").GetInt64(), done.GetProperty("prune").GetProperty("freed_bytes").GetInt64());
        Assert.False(done.GetProperty("prune").GetProperty("dry_run").GetBoolean());
        Assert.InRange(RepositorySize(), 0, before - 3_000_000);
        Assert.DoesNotContain(last, await ListedByResticAsync());
        Assert.Contains(newest, await ListedByResticAsync());
        await _place.Restic.RunAsync("check", "--read-data");
        Assert.Empty((await _place.Restic.RunAsync("list", "locks")).Output.Trim());
        // A run that ended between both left nothing to forget, and room to free.
        Assert.Contains("there is nothing to do", (await _place.Holdfast.RunAsync("forget", "--config", Manifest, "--prune", "--max-unused", "0", "--keep-last", "100", "--yes")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_are_taken_in_place_of_the_manifests_policy_and_the_words_of_each_reason_are_shown()
    {
        var ids = await HistoryAsync(days: 3);

        var shown = await _place.Holdfast.RunAsync("forget", "--config", Manifest, "--keep-last", "1", "--accept-unproven", "--dry-run");
        await _place.Holdfast.RunAsync("forget", "--config", Manifest, "--keep-last", "1", "--accept-unproven", "--yes");

        Assert.Contains($"keep    {ids[3][..8]}", shown.Output, StringComparison.Ordinal);
        Assert.Contains("last: 1 newer one is kept", shown.Output, StringComparison.Ordinal);
        Assert.Equal([ids[3]], await ListedByResticAsync());
        Assert.Contains("forget", (await _place.Holdfast.RunAsync("operations", "list", "--config", Manifest)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_proven_one_outlives_policy_and_ID()
    {
        var ids = await HistoryAsync(days: 3);
        var proven = await _place.BackUpAsync("--config", Manifest, "--drill");
        var newer = await SaveAsync(DateTimeOffset.UtcNow, ApplicationTag.Of("orchard"));

        await _place.Holdfast.RunAsync("forget", "--config", Manifest, "--keep-last", "1", "--yes");
        Assert.Equal(new[] { proven, newer }.Order(), (await ListedByResticAsync()).Order());
        (await _place.JsonAsync(1, "forget", proven[..10], "--yes")).ExpectFailure(1, "last proven");
        Assert.Contains(proven, await ListedByResticAsync());
        await _place.Holdfast.RunAsync("forget", proven[..10], "--force", "--yes");
        Assert.Equal([newer], await ListedByResticAsync());
        (await _place.JsonAsync(1, "forget", newer, "--yes")).ExpectFailure(1, "no restore point");
        Assert.Equal(4, ids.Count);
    }

    [Fact]
    public async Task What_is_refused_removes_nothing()
    {
        var ids = await HistoryAsync(days: 2);
        WriteManifest(string.Empty);

        (await _place.JsonAsync(2, "forget", "--config", Manifest, "--yes")).ExpectFailure(2, "what to keep");
        (await _place.JsonAsync(1, "forget", "--config", Manifest, "--keep-tag", "absent", "--yes")).ExpectFailure(1, "keeps none");
        (await _place.JsonAsync(2, "forget", "--config", Manifest, "--keep-last", "1")).ExpectFailure(2, "nobody to ask");
        (await _place.JsonAsync(2, "forget", ids[0], "--keep-last", "1", "--yes")).ExpectFailure(2, "IDs say");
        (await _place.JsonAsync(2, "forget", "--keep-last", "many", "--yes")).ExpectFailure(2, "--keep-last");
        (await _place.JsonAsync(1, "forget", "ffffffffff", "--yes")).ExpectFailure(1, "no snapshot");
        var ahead = await SaveAsync(DateTimeOffset.UtcNow.AddDays(3), ApplicationTag.Of("orchard"));
        (await _place.JsonAsync(1, "forget", "--config", Manifest, "--keep-last", "1", "--yes")).ExpectFailure(1, "clock");

        Assert.Equal(ids.Append(ahead).Order(), (await ListedByResticAsync()).Order());
        await _place.Holdfast.RunAsync("forget", "--config", Manifest, "--keep-last", "1", "--accept-future", "--accept-unproven", "--yes");
        Assert.Equal(new[] { ids[^1], ahead }.Order(), (await ListedByResticAsync()).Order());
    }

    [Fact]
    public async Task Another_application_in_the_same_repository_is_left_alone()
    {
        await HistoryAsync(days: 3);
        var other = new[] { await SaveAsync(new DateTimeOffset(2025, 3, 1, 0, 0, 0, TimeSpan.Zero), ApplicationTag.Of("other")), await SaveAsync(new DateTimeOffset(2025, 3, 2, 0, 0, 0, TimeSpan.Zero)) };

        await _place.Holdfast.RunAsync("forget", "--config", Manifest, "--keep-last", "1", "--accept-unproven", "--yes");

        Assert.Equal(3, (await ListedByResticAsync()).Count);
        Assert.Empty(other.Except(await ListedByResticAsync()));
    }

    [Fact]
    public async Task A_lock_of_anybody_stops_it_and_a_dry_run_needs_none()
    {
        var ids = await HistoryAsync(days: 2);
        using var repository = await _place.OpenAsync();
        await using var held = await RepositoryLock.AcquireAsync(repository, exclusive: false, OwnRepository.Identity, TimeProvider.System, Token);

        (await _place.JsonAsync(11, "forget", "--config", Manifest, "--keep-last", "1", "--yes")).ExpectFailure(11, "lock");
        await _place.JsonAsync(0, "forget", "--config", Manifest, "--keep-last", "1", "--accept-unproven", "--dry-run");

        Assert.Equal(ids.Order(), await SnapshotIdsAsync(repository));
    }

    private async Task<List<string>> ListedByResticAsync() =>
        [.. JsonDocument.Parse((await _place.Restic.RunAsync("snapshots", "--json")).Output).RootElement.EnumerateArray().Select(one => one.GetProperty("id").GetString()!)];

    private static async Task<IEnumerable<string>> SnapshotIdsAsync(Repository repository) =>
        (await SnapshotFiles.LoadAllAsync(repository, Token)).Readable.Select(stored => stored.Id.ToString()).Order();

    /// <summary>One snapshot of a month before, then one of each day; oldest first.</summary>
    private async Task<List<string>> HistoryAsync(int days)
    {
        var ids = new List<string> { await SaveAsync(new DateTimeOffset(2025, 2, 10, 2, 0, 0, TimeSpan.Zero), ApplicationTag.Of("orchard")) };
        for (var day = 0; day < days; day++) ids.Add(await SaveAsync(new DateTimeOffset(2025, 3, 10 + day, 2, 0, 0, TimeSpan.Zero), ApplicationTag.Of("orchard")));
        return ids;
    }

    /// <summary>A snapshot of another time with the content of a real backup.</summary>
    private async Task<string> SaveAsync(DateTimeOffset time, params string[] tags)
    {
        using var repository = await _place.OpenAsync();
        var content = (await SnapshotFiles.LoadAllAsync(repository, Token)).Readable is [var first, ..] ? first : null;
        if (content is null)
        {
            var id = await _place.BackUpAsync("--config", Manifest, "--no-drill");
            content = (await SnapshotFiles.LoadAllAsync(repository, Token)).Readable.Single(stored => stored.Id.ToString() == id);
            await repository.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, content.Id), Token);
        }

        var snapshot = content.Snapshot with { Time = Timestamp.FromDateTimeOffset(time), Tags = tags, Parent = null };
        return (await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token)).ToString();
    }

    private long RepositorySize() => new DirectoryInfo(Path.Combine(_place.Repository, "data")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private void WriteManifest(string keep) => _place.Write("holdfast.yaml", string.Create(CultureInfo.InvariantCulture, $$"""
        application: orchard
        databases: { main: { sqlite: main.db } }
        repositories: { local: { path: {{_place.Repository}} } }
        backup: { timeout: 1m{{(keep.Length > 0 ? ", " : string.Empty)}}{{keep}} }
        """));
}
