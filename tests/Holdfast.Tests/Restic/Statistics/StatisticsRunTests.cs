using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Statistics;
using Holdfast.Restic.Trees;
using Holdfast.Tests.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Statistics;

public sealed class StatisticsRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Says_what_is_stored_for_one_snapshot_alone_and_prune_agrees()
    {
        using var sample = await SampleRepository.CreateAsync();
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3), Pruned.Content(4));
        var shared = await sample.SaveTreeAsync(SampleRepository.File("shared", 3000, ids[0]));
        var first = await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, ids[1]), SampleRepository.Directory("d", shared)));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("b", 6000, ids[0], ids[2]), SampleRepository.Directory("d", shared)), day: 2);
        await Pruned.SaveAgainAsync(sample.Repository, Pruned.Content(1));

        var result = await MeasureAsync(sample);

        Assert.Equal([(2, 6000L), (2, 9000L)], result.Snapshots.Select(one => ((int)one.Files, one.RestoredBytes)));
        Assert.Equal((3, 3, 9000), (result.DataBlobs, result.TreeBlobs, result.PlainDataBytes));
        var index = await sample.Repository.LoadIndexAsync(Token);
        long Stored(BlobType type, Id id) => index.Locate(new BlobHandle(type, id))!.Value.Blob.Length;
        // One piece that nothing needs, and the second copy of another.
        Assert.Equal(Stored(BlobType.Data, ids[3]) + Stored(BlobType.Data, ids[0]), result.UnneededBytes);
        Assert.Equal(15000 / 9000.0, result.DeduplicationRatio);
        Assert.Equal(first, result.Snapshots[0].Snapshot.Id);

        var before = (await Pruned.PlanAsync(sample.Repository)).UsedBytes;
        await Pruned.ForgetAsync(sample.Repository, first);
        var after = (await Pruned.PlanAsync(sample.Repository)).UsedBytes;
        // prune counts each blob's line in its pack's table, too.
        Assert.InRange(before - after - result.Snapshots[0].UniqueBytes, 1, 100);
        Assert.Equal(result.Snapshots[0].UniqueBytes, Stored(BlobType.Data, ids[1]) + Stored(BlobType.Tree, result.Snapshots[0].Snapshot.Snapshot.Tree));
    }

    [Fact]
    public async Task A_tree_that_many_snapshots_have_is_read_at_most_twice()
    {
        using var sample = await SampleRepository.CreateAsync();
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        var tree = await sample.SaveTreeAsync(SampleRepository.Directory("d", await sample.SaveTreeAsync(SampleRepository.File("a", 3000, ids[0]))));
        for (var day = 1; day <= 9; day++) await sample.SaveSnapshotAsync(tree, day);
        var read = 0;

        var result = await new StatisticsRun(sample.Repository, new StatisticsOptions { TreeDone = () => Interlocked.Increment(ref read) }).ExecuteAsync(Token);

        Assert.Equal(4, read);
        Assert.All(result.Snapshots, one => Assert.Equal((1, 3000, 0), (one.Files, one.RestoredBytes, one.UniqueBytes)));
        Assert.Equal(27000, result.RestoredBytes);
    }

    [Fact]
    public async Task Files_of_several_names_count_once_for_each_snapshot()
    {
        using var sample = await SampleRepository.CreateAsync();
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        var linked = SampleRepository.File("one", 3000, ids[0]) with { Links = 2, Inode = 7 };
        var below = await sample.SaveTreeAsync(linked with { Name = "two"u8.ToArray() });
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.Directory("d", below), linked, SampleRepository.File("plain", 3000, ids[0])));

        var one = Assert.Single((await MeasureAsync(sample)).Snapshots);

        Assert.Equal((3, 6000), (one.Files, one.RestoredBytes));
    }

    [Fact]
    public async Task A_tree_with_very_many_ways_through_it_is_measured_at_once()
    {
        using var sample = await SampleRepository.CreateAsync();
        var tree = await sample.SaveTreeAsync(SampleRepository.File("f", 1 << 30));
        for (var level = 0; level < 70; level++) tree = await sample.SaveTreeAsync(SampleRepository.Directory("a", tree), SampleRepository.Directory("b", tree));
        await sample.SaveSnapshotAsync(tree);

        Assert.Equal((long.MaxValue, long.MaxValue), (await MeasureAsync(sample)).Snapshots.Select(one => (one.Files, one.RestoredBytes)).Single());
    }

    [Fact]
    public async Task What_cannot_be_read_is_told()
    {
        using var sample = await SampleRepository.CreateAsync();
        var empty = await MeasureAsync(sample);
        Assert.Null(empty.CompressionRatio);
        await sample.SaveSnapshotAsync(Id.Of([1]));

        await Failing.ThrowsAsync(FailureKind.Damaged, () => MeasureAsync(sample));
    }

    private static Task<StatisticsResult> MeasureAsync(SampleRepository sample) =>
        new StatisticsRun(sample.Repository, new StatisticsOptions()).ExecuteAsync(Token);

}
