using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

public sealed class PruneRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Removes_what_no_snapshot_needs_and_keeps_all_the_rest(int version)
    {
        using var sample = await SampleRepository.CreateAsync(version);
        var shared = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2));
        var old = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(3, 60_000));
        var gone = await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 63_000, shared[0], old[0])));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 6000, shared[0], shared[1])), day: 2);
        await Pruned.ForgetAsync(sample.Repository, gone);
        var kept = await Pruned.ReadEverythingAsync(sample.Repository);

        var (plan, result) = await Pruned.RunAsync(sample.Repository);

        Assert.Equal((2, 0), (plan.Remove.Count, plan.Unlisted.Count));
        Assert.Equal(plan.Remove.Count + plan.Repack.Count, result.RemovedPacks);
        Assert.Empty(result.Problems);
        Assert.True(plan.FreedBytes > 60_000);
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(kept, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
        Assert.False((await sample.Repository.LoadIndexAsync(Token)).Contains(new BlobHandle(BlobType.Data, old[0])));
        Assert.True((await Pruned.PlanAsync(sample.Repository)).IsEmpty);
    }

    [Fact]
    public async Task Copies_the_needed_part_of_a_pack_bit_by_bit_and_removes_the_pack()
    {
        using var sample = await SampleRepository.CreateAsync();
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, ids[1])));
        var before = (await sample.Repository.LoadIndexAsync(Token)).Locate(new BlobHandle(BlobType.Data, ids[1]))!.Value;
        var container = new byte[before.Blob.Length];
        await sample.Backend.ReadAsync(new FileHandle(FileType.Pack, before.Pack), before.Blob.Offset, container, Token);

        var (plan, result) = await Pruned.RunAsync(sample.Repository);

        Assert.Equal((1, 1, container.Length), (plan.Repack.Count, result.CopiedBlobs, result.CopiedBytes));
        var after = (await sample.Repository.LoadIndexAsync(Token)).LocateAll(new BlobHandle(BlobType.Data, ids[1]));
        var copy = Assert.Single(after);
        Assert.NotEqual(before.Pack, copy.Pack);
        var moved = new byte[copy.Blob.Length];
        await sample.Backend.ReadAsync(new FileHandle(FileType.Pack, copy.Pack), copy.Blob.Offset, moved, Token);
        Assert.Equal(container, moved);
        await Pruned.ExpectSoundAsync(sample.Repository);
    }

    [Fact]
    public async Task Of_copies_of_a_blob_one_stays()
    {
        using var sample = await SampleRepository.CreateAsync();
        byte[][] contents = [Pruned.Content(1), Pruned.Content(2), Pruned.Content(3)];
        var ids = await sample.SaveBlobsAsync(BlobType.Data, contents);
        await Pruned.SaveAgainAsync(sample.Repository, contents);
        await Pruned.SaveAgainAsync(sample.Repository, contents[0], Pruned.Content(9));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 9000, [.. ids])));

        await Pruned.RunAsync(sample.Repository);

        var index = await sample.Repository.LoadIndexAsync(Token);
        Assert.Equal(4, index.Count);
        await Pruned.ExpectSoundAsync(sample.Repository);
    }

    [Fact]
    public async Task Packs_that_no_index_lists_and_entries_of_missing_packs_go()
    {
        using var sample = await SampleRepository.CreateAsync();
        var used = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        var unused = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(2));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, used[0])));
        var index = await sample.Repository.LoadIndexAsync(Token);
        await sample.Backend.DeleteAsync(new FileHandle(FileType.Pack, index.Locate(new BlobHandle(BlobType.Data, unused[0]))!.Value.Pack), Token);
        var orphan = new FileHandle(FileType.Pack, Id.Of([1]));
        await sample.Backend.WriteAsync(orphan, new byte[100], Token);

        var (plan, _) = await Pruned.RunAsync(sample.Repository);

        Assert.Equal((1, 1, 100L), (plan.Unlisted.Count, plan.Missing.Count, plan.UnlistedBytes));
        Assert.Null(await sample.Backend.StatAsync(orphan, Token));
        await Pruned.ExpectSoundAsync(sample.Repository);
    }

    [Fact]
    public async Task A_damaged_blob_is_taken_from_its_other_copy()
    {
        using var sample = await SampleRepository.CreateAsync();
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2));
        await Pruned.SaveAgainAsync(sample.Repository, Pruned.Content(1), Pruned.Content(3));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, ids[0])));
        var copies = (await sample.Repository.LoadIndexAsync(Token)).LocateAll(new BlobHandle(BlobType.Data, ids[0]));
        foreach (var damaged in copies)
        {
            await sample.FlipAsync(new FileHandle(FileType.Pack, damaged.Pack), (int)damaged.Blob.Offset + 20);
            if (damaged == copies[0]) continue;
            // Now both are bad: nothing may go.
            var error = await Failing.ThrowsAsync(Holdfast.Restic.Failures.FailureKind.Damaged, () => Pruned.RunAsync(sample.Repository));
            Assert.Contains("nothing was removed", error.Message, StringComparison.Ordinal);
            await sample.FlipAsync(new FileHandle(FileType.Pack, copies[0].Pack), (int)copies[0].Blob.Offset + 20);
        }

        await Pruned.RunAsync(sample.Repository);

        await Pruned.ExpectSoundAsync(sample.Repository);
    }

    [Fact]
    public async Task Joins_small_packs_when_there_are_many_and_index_files_with_them()
    {
        using var sample = await SampleRepository.CreateAsync();
        var ids = new List<Id>();
        for (var i = 0; i < 9; i++) ids.AddRange(await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(i)));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 27_000, [.. ids.Take(9)])));
        // Nine packs of data and one of trees are ten; nine alone stay.
        var tree = (await sample.FilesAsync(FileType.Pack)).Count;
        Assert.Equal(10, tree);

        var (plan, _) = await Pruned.RunAsync(sample.Repository);

        Assert.Equal(10, plan.Repack.Count);
        Assert.Equal(2, (await sample.FilesAsync(FileType.Pack)).Count);
        Assert.True((await sample.FilesAsync(FileType.Index)).Count <= 2);
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.True((await Pruned.PlanAsync(sample.Repository)).IsEmpty);
    }

    [Fact]
    public async Task Compresses_what_was_stored_before_only_when_asked_but_trees_always()
    {
        using var sample = await SampleRepository.CreateAsync();
        var text = new byte[4000];
        var id = (await sample.SaveBlobsAsync(BlobType.Data, text))[0];
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 4000, id)));

        Assert.True((await Pruned.PlanAsync(sample.Repository, Pruned.Thorough with { CompressData = true })).IsEmpty);
        var incompressible = (await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(7)))[0];
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("b", 3000, incompressible)), day: 2);

        Assert.True((await Pruned.PlanAsync(sample.Repository)).IsEmpty);
        Assert.Single((await Pruned.PlanAsync(sample.Repository, Pruned.Thorough with { CompressData = true })).Repack);
    }

    [Fact]
    public async Task A_file_that_cannot_be_removed_is_told_and_the_rest_goes()
    {
        using var sample = await SampleRepository.CreateAsync();
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(2));
        var first = (await sample.FilesAsync(FileType.Pack))[0];
        var stubborn = new RecordingBackend(sample.Backend) { KeepsAt = handle => handle == first, KeptKind = Holdfast.Restic.Failures.FailureKind.Failed };
        using var repository = await Holdfast.Restic.Repository.OpenAsync(stubborn, SampleRepository.Passphrase, Token);

        var (_, result) = await Pruned.RunAsync(repository);

        Assert.Equal(1, result.RemovedPacks);
        Assert.Contains(first.ToString(), Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal(1, (await Pruned.RunAsync(sample.Repository)).Result.RemovedPacks);
    }
}
