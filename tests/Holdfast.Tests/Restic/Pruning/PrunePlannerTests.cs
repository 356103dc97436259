using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

public sealed class PrunePlannerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refuses_while_a_snapshot_cannot_be_read()
    {
        using var sample = await MakeAsync();
        await sample.FlipAsync((await sample.FilesAsync(FileType.Snapshot))[0], 40);

        await RefusesAsync(sample, "cannot be read, so what it needs is not known");
    }

    [Fact]
    public async Task Refuses_while_something_needed_is_in_no_index()
    {
        using var sample = await MakeAsync();
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("b", 10, Id.Of([1]))), day: 3);

        await RefusesAsync(sample, "is in no index");
    }

    [Fact]
    public async Task Refuses_while_a_directory_is_damaged()
    {
        using var sample = await MakeAsync();
        var tree = await sample.SaveTreeAsync(SampleRepository.File("c", 0));
        await sample.SaveSnapshotAsync(tree, day: 4);
        var location = (await sample.Repository.LoadIndexAsync(Token)).Locate(new BlobHandle(BlobType.Tree, tree))!.Value;
        await sample.FlipAsync(new FileHandle(FileType.Pack, location.Pack), (int)location.Blob.Offset + 20);

        await RefusesAsync(sample, "what the snapshots need cannot be told");
    }

    [Fact]
    public async Task Refuses_while_a_needed_pack_is_missing_or_of_another_size()
    {
        using var sample = await MakeAsync();
        var id = (await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(8)))[0];
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("d", 3000, id)), day: 5);
        var pack = new FileHandle(FileType.Pack, (await sample.Repository.LoadIndexAsync(Token)).Locate(new BlobHandle(BlobType.Data, id))!.Value.Pack);
        await sample.TruncateAsync(pack, 1);
        await RefusesAsync(sample, "bytes and not");
        await sample.Backend.DeleteAsync(pack, Token);
        await RefusesAsync(sample, "is missing");
    }

    [Fact]
    public async Task Refuses_while_index_files_contradict_each_other_or_one_is_damaged()
    {
        using var sample = await MakeAsync();
        var file = (await sample.FilesAsync(FileType.Index))[0];
        var packs = await sample.Repository.LoadIndexFileAsync(file, Token);
        var half = packs.Select(pack => new IndexedPack(pack.Id, [])).ToList();
        await sample.Repository.SaveDocumentAsync(FileType.Index, IndexDocument.Serialize(half), Token);
        await RefusesAsync(sample, "different things of pack");
        await sample.FlipAsync(file, 40);
        await RefusesAsync(sample, "is damaged");
    }

    [Fact]
    public async Task Copies_no_more_than_it_may_and_leaves_what_is_allowed()
    {
        using var sample = await SampleRepository.CreateAsync();
        var used = new List<Id>();
        for (var i = 0; i < 4; i++)
            used.Add((await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(i, 800_000), Pruned.Content(100 + i, (i + 1) * 100_000)))[0]);
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3_200_000, [.. used])));

        var all = await Pruned.PlanAsync(sample.Repository);
        var some = await Pruned.PlanAsync(sample.Repository, new PruneOptions { MaximumUnused = new UnusedLimit.Bytes(300_300) });
        var limited = await Pruned.PlanAsync(sample.Repository, Pruned.Thorough with { MaximumRepack = 1_300_000 });
        var none = await Pruned.PlanAsync(sample.Repository, new PruneOptions { MaximumUnused = UnusedLimit.Any });

        Assert.Equal((4, 0L), (all.Repack.Count, all.RemainingUnusedBytes));
        Assert.InRange(all.UnusedBytes, 1_000_000, 1_001_000);
        // The two worst go; what the others waste is allowed.
        Assert.Equal(2, some.Repack.Count);
        Assert.InRange(some.RemainingUnusedBytes, 300_000, 300_300);
        Assert.Single(limited.Repack);
        Assert.True(none.IsEmpty);
        Assert.Equal(all.UnusedBytes, none.RemainingUnusedBytes);
    }

    [Fact]
    public async Task Of_data_and_trees_only_the_trees_are_copied_when_asked()
    {
        using var sample = await SampleRepository.CreateAsync();
        var used = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, used[0])));

        Assert.Single((await Pruned.PlanAsync(sample.Repository)).Repack);
        Assert.Empty((await Pruned.PlanAsync(sample.Repository, Pruned.Thorough with { OnlyTrees = true })).Repack);
    }

    /// <summary>A sound repository with something to prune.</summary>
    private static async Task<SampleRepository> MakeAsync()
    {
        var sample = await SampleRepository.CreateAsync();
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2));
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(3));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, ids[0])));
        return sample;
    }

    private static async Task RefusesAsync(SampleRepository sample, string why)
    {
        var before = await sample.FilesAsync(FileType.Pack);
        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.RunAsync(sample.Repository));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        Assert.Equal(before.Count, (await sample.FilesAsync(FileType.Pack)).Count);
    }
}
