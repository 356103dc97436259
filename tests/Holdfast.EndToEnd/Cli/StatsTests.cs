using System.Text.Json;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>What stats says, beside the real restic's word on the same repository.</summary>
public sealed class StatsTests : WorkplaceTests
{
    [Fact]
    public async Task Counts_as_restic_does()
    {
        Place.Write("text", string.Join('\n', Enumerable.Range(0, 50_000)));
        Place.WriteRandom("folder/large", 1, 3_000_000);
        Place.Database("shop.db");
        await Place.BackUpAsync();
        System.IO.File.CreateSymbolicLink(Place["application", "link"], "text");
        (await RunningProcess.RunAsync("ln", [Place["application", "folder", "large"], Place["application", "another-name"]])).Expect(0);
        Place.WriteRandom("folder/second", 2, 500_000);
        await Place.Restic.RunAsync("backup", Place.Application);
        Place.WriteRandom("folder/third", 3, 200_000);
        var last = await Place.BackUpAsync();

        var stats = await Place.JsonAsync(0, "stats");

        var raw = await ResticAsync("raw-data");
        var restored = await ResticAsync("restore-size");
        Assert.Equal(raw.GetProperty("total_size").GetInt64(), stats.GetProperty("stored_bytes").GetInt64());
        Assert.Equal(raw.GetProperty("total_blob_count").GetInt64(), stats.GetProperty("data_blobs").GetInt64() + stats.GetProperty("tree_blobs").GetInt64());
        Assert.Equal(restored.GetProperty("total_size").GetInt64(), stats.GetProperty("restored_bytes").GetInt64());
        foreach (var snapshot in stats.GetProperty("snapshots").EnumerateArray())
        {
            var one = await ResticAsync("restore-size", snapshot.Text("id"));
            Assert.Equal(one.GetProperty("total_size").GetInt64(), snapshot.GetProperty("restored_bytes").GetInt64());
        }

        var unique = stats.GetProperty("snapshots").EnumerateArray().Single(snapshot => snapshot.Text("id") == last).GetProperty("unique_bytes").GetInt64();
        Assert.InRange(unique, 200_000, 220_000);
        await Place.Restic.RunAsync("forget", last);
        var after = await ResticAsync("raw-data");
        Assert.Equal(unique, raw.GetProperty("total_size").GetInt64() - after.GetProperty("total_size").GetInt64());
        Assert.InRange((await Place.JsonAsync(0, "stats")).GetProperty("unneeded_bytes").GetInt64(), unique, unique);
    }

    [Fact]
    public async Task An_empty_repository_has_no_ratios_and_an_exclusive_lock_keeps_it_out()
    {
        var stats = await Place.JsonAsync(0, "stats");

        Assert.Equal(JsonValueKind.Null, stats.GetProperty("compression_ratio").ValueKind);
        using var repository = await Place.OpenAsync();
        await using var held = await Holdfast.Restic.Locks.RepositoryLock.AcquireAsync(
            repository, exclusive: true, Restic.OwnRepository.Identity, TimeProvider.System, TestContext.Current.CancellationToken);
        await Place.JsonAsync(11, "stats");
        await Place.JsonAsync(0, "stats", "--no-lock");
    }

    private async Task<JsonElement> ResticAsync(string mode, params string[] snapshots) =>
        (await Place.Restic.RunAsync(["stats", "--json", "--mode", mode, .. snapshots])).Json();
}
