using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Tests.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Repairing;

public sealed class IndexRepairTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaves_a_sound_index_alone()
    {
        using var sample = await MakeAsync();
        var before = await sample.FilesAsync(FileType.Index);

        var (plan, result) = await Repaired.IndexAsync(sample.Repository);
        var (all, _) = await Repaired.IndexAsync(sample.Repository, readAllPacks: true);

        Assert.True(plan.IsEmpty);
        Assert.True(all.IsEmpty);
        Assert.Equal((0, 0), (result.Written, result.Removed));
        Assert.Equivalent(before, await sample.FilesAsync(FileType.Index));
    }

    [Fact]
    public async Task Lists_again_what_damaged_and_lost_index_files_listed()
    {
        using var sample = await MakeAsync();
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        var files = await sample.FilesAsync(FileType.Index);
        await sample.FlipAsync(files[0], 50);
        await sample.Backend.DeleteAsync(files[1], Token);

        var (plan, result) = await Repaired.IndexAsync(sample.Repository);

        Assert.Equal(files[0].Id, Assert.Single(plan.Damaged).Id);
        Assert.Equal(2, plan.Added.Count);
        Assert.Equal((1, 1), (result.Written, result.Removed));
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
        Assert.True((await Repaired.IndexAsync(sample.Repository)).Plan.IsEmpty);
    }

    [Fact]
    public async Task Makes_an_index_of_nothing_but_packs()
    {
        using var sample = await MakeAsync();
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        foreach (var file in await sample.FilesAsync(FileType.Index)) await sample.Backend.DeleteAsync(file, Token);

        await Repaired.IndexAsync(sample.Repository);

        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
    }

    [Fact]
    public async Task Lists_a_missing_pack_no_more()
    {
        using var sample = await MakeAsync();
        var pack = await Repaired.PackOfAsync(sample.Repository, new BlobHandle(BlobType.Data, Id.Of(Pruned.Content(4))));
        await sample.Backend.DeleteAsync(pack, Token);

        var (plan, _) = await Repaired.IndexAsync(sample.Repository);

        Assert.Equal([pack.Id], plan.Missing);
        var error = Assert.Single(await Repaired.ErrorsAsync(sample.Repository));
        Assert.Contains("in no index and in no pack", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_what_it_knows_of_a_truncated_pack_so_that_its_good_blobs_can_be_saved()
    {
        using var sample = await MakeAsync();
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        var pack = await Repaired.PackOfAsync(sample.Repository, new BlobHandle(BlobType.Data, Id.Of(Pruned.Content(1))));
        await sample.TruncateAsync(pack, 20);

        var (plan, _) = await Repaired.IndexAsync(sample.Repository);

        Assert.Equal((pack.Id, true), Assert.Single(plan.Unreadable) is var named ? (named.Id, named.IsListed) : default);
        Assert.True(plan.IsEmpty);
        var (repaired, _) = await Repaired.PacksAsync(sample.Repository, pack.Id.ToString());
        Assert.Empty(repaired.Packs[0].Lost);
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
    }

    [Fact]
    public async Task Names_a_pack_that_nothing_describes()
    {
        using var sample = await MakeAsync();
        var junk = new FileHandle(FileType.Pack, Id.Of([1]));
        await sample.Backend.WriteAsync(junk, new byte[100], Token);

        var (plan, _) = await Repaired.IndexAsync(sample.Repository);

        Assert.Equal((junk.Id, false), Assert.Single(plan.Unreadable) is var named ? (named.Id, named.IsListed) : default);
        Assert.True(plan.IsEmpty);
        Assert.Contains(junk, await sample.FilesAsync(FileType.Pack));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Corrects_what_the_index_says_wrongly(bool inAnotherFile)
    {
        using var sample = await MakeAsync();
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        var pack = await Repaired.PackOfAsync(sample.Repository, new BlobHandle(BlobType.Data, Id.Of(Pruned.Content(1))));
        var wrong = $$"""{"packs":[{"id":"{{pack.Id}}","blobs":[{"id":"{{Id.Of(Pruned.Content(9))}}","type":"data","offset":0,"length":500}]}]}""";
        await sample.Repository.SaveDocumentAsync(FileType.Index, System.Text.Encoding.UTF8.GetBytes(wrong), Token);
        if (!inAnotherFile) await RemoveIndexesOfAsync(sample, pack.Id, wrong);

        var (plan, _) = await Repaired.IndexAsync(sample.Repository);

        Assert.Equal([pack.Id], plan.Corrected);
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
    }

    [Fact]
    public async Task Storage_that_is_out_of_reach_is_no_damage()
    {
        using var sample = await MakeAsync();
        var away = new RecordingBackend(sample.Backend);
        using var repository = await Repository.OpenAsync(away, SampleRepository.Passphrase, Token);
        away.ReadFailsAt = handle => handle.Type == FileType.Index ? FailureKind.Unavailable : null;

        await Failing.ThrowsAsync(FailureKind.Unavailable, () => Repaired.IndexAsync(repository));

        Assert.DoesNotContain(away.Deleted, handle => handle.Type == FileType.Index);
    }

    [Fact]
    public async Task Ended_at_any_change_of_the_storage_it_loses_nothing_and_the_next_run_finishes()
    {
        IReadOnlyDictionary<string, byte[]> content = new Dictionary<string, byte[]>();
        await Repaired.EndAnywhereAsync(
            async () =>
            {
                var sample = await MakeAsync();
                content = await Pruned.ReadEverythingAsync(sample.Repository);
                var files = await sample.FilesAsync(FileType.Index);
                await sample.FlipAsync(files[0], 50);
                await sample.TruncateAsync(files[1], 7);
                return sample;
            },
            repository => Repaired.IndexAsync(repository),
            3,
            async sample => Assert.True((await sample.FilesAsync(FileType.Pack)).Count == 4, "a pack is gone"),
            async sample =>
            {
                await Pruned.ExpectSoundAsync(sample.Repository);
                Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
            });
    }

    private static async Task RemoveIndexesOfAsync(SampleRepository sample, Id pack, string but)
    {
        foreach (var file in await sample.FilesAsync(FileType.Index))
        {
            var json = System.Text.Encoding.UTF8.GetString(await sample.Repository.LoadDocumentAsync(file, Token));
            if (json != but && json.Contains(pack.ToString(), StringComparison.Ordinal)) await sample.Backend.DeleteAsync(file, Token);
        }
    }

    private static async Task<SampleRepository> MakeAsync()
    {
        var sample = await SampleRepository.CreateAsync();
        var first = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3));
        var second = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(4));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 6000, first[0], first[1]), SampleRepository.File("b", 6000, first[2], second[0])));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("b", 3000, first[1])), day: 2);
        return sample;
    }
}
