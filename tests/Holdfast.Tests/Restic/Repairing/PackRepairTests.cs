using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Tests.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Repairing;

public sealed class PackRepairTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Saves_what_is_good_and_loses_only_what_is_damaged()
    {
        using var sample = await MakeAsync();
        var pack = await HurtAsync(sample, 2);

        var (plan, result) = await Repaired.PacksAsync(sample.Repository, pack.Id.ToString()[..8]);

        var hurt = Assert.Single(plan.Packs);
        Assert.Equal((3, 2), (hurt.Blobs, hurt.SalvagedBlobs));
        Assert.Equal([Blob(2)], hurt.Lost);
        Assert.Equal((1, 2, 1), (result.Packs, result.Blobs, result.Lost));
        Assert.DoesNotContain(pack, await sample.FilesAsync(FileType.Pack));
        Assert.Equal([$"{Blob(2)} is in no index and in no pack"], await Repaired.ErrorsAsync(sample.Repository));
        var content = await ReadAsync(sample.Repository);
        Assert.Equal(Pruned.Content(1), content["a"]);
        Assert.Equal(Pruned.Content(3), content["c"]);
    }

    [Fact]
    public async Task Leaves_a_sound_pack_alone()
    {
        using var sample = await MakeAsync();
        var pack = await Repaired.PackOfAsync(sample.Repository, Blob(1));

        var (plan, result) = await Repaired.PacksAsync(sample.Repository, pack.Id.ToString());

        Assert.True(plan.IsEmpty);
        Assert.Equal((0, 0), (result.Packs, result.Blobs));
        Assert.Contains(pack, await sample.FilesAsync(FileType.Pack));
        await Pruned.ExpectSoundAsync(sample.Repository);
    }

    [Fact]
    public async Task Reads_from_a_truncated_pack_what_lies_before_its_end()
    {
        using var sample = await MakeAsync();
        var pack = await Repaired.PackOfAsync(sample.Repository, Blob(1));
        var size = (await sample.Backend.StatAsync(pack, Token))!.Value;
        await sample.TruncateAsync(pack, (int)size - 3500);

        var (plan, _) = await Repaired.PacksAsync(sample.Repository, pack.Id.ToString());

        Assert.Equal((1, 2), (plan.Packs[0].SalvagedBlobs, plan.Packs[0].Lost.Count));
        Assert.Equal(Pruned.Content(1), (await ReadAsync(sample.Repository))["a"]);
    }

    [Fact]
    public async Task Reads_from_its_header_what_no_index_knows()
    {
        using var sample = await MakeAsync();
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        var pack = await Repaired.PackOfAsync(sample.Repository, Blob(1));
        var index = (await sample.FilesAsync(FileType.Index)).ToList();
        foreach (var file in index)
        {
            var json = System.Text.Encoding.UTF8.GetString(await sample.Repository.LoadDocumentAsync(file, Token));
            if (json.Contains(pack.Id.ToString(), StringComparison.Ordinal)) await sample.Backend.DeleteAsync(file, Token);
        }

        var (plan, _) = await Repaired.PacksAsync(sample.Repository, pack.Id.ToString());

        Assert.Equal(3, plan.Packs[0].SalvagedBlobs);
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
    }

    [Fact]
    public async Task A_good_copy_elsewhere_is_enough()
    {
        using var sample = await MakeAsync();
        await Pruned.SaveAgainAsync(sample.Repository, Pruned.Content(2), Pruned.Content(3));
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        var pack = await Repaired.PackOfAsync(sample.Repository, Blob(1));
        await sample.FlipAsync(pack, 3500);

        var (plan, result) = await Repaired.PacksAsync(sample.Repository, pack.Id.ToString());

        Assert.Equal((1, 2, 0), (result.Blobs, plan.Packs[0].Elsewhere, result.Lost));
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
    }

    [Fact]
    public async Task Two_damaged_packs_save_each_others_blobs()
    {
        using var sample = await MakeAsync();
        await Pruned.SaveAgainAsync(sample.Repository, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3));
        var content = await Pruned.ReadEverythingAsync(sample.Repository);
        var packs = (await sample.Repository.LoadIndexAsync(Token)).LocateAll(Blob(1)).Select(copy => new FileHandle(FileType.Pack, copy.Pack)).ToList();
        await sample.FlipAsync(packs[0], 100);
        await sample.FlipAsync(packs[1], 3500);

        var (_, result) = await Repaired.PacksAsync(sample.Repository, [.. packs.Select(pack => pack.Id.ToString())]);

        Assert.Equal((2, 3, 0), (result.Packs, result.Blobs, result.Lost));
        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(content, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
    }

    [Fact]
    public async Task Refuses_what_is_no_pack()
    {
        using var sample = await MakeAsync();
        var pack = await Repaired.PackOfAsync(sample.Repository, Blob(1));

        await Failing.ThrowsAsync(FailureKind.Usage, () => Repaired.PacksAsync(sample.Repository, "nonsense"));
        await Failing.ThrowsAsync(FailureKind.NotFound, () => Repaired.PacksAsync(sample.Repository, Id.Of([7]).ToString()));
        await sample.Backend.DeleteAsync(pack, Token);
        var missing = await Failing.ThrowsAsync(FailureKind.NotFound, () => Repaired.PacksAsync(sample.Repository, pack.Id.ToString()));
        Assert.Contains("holdfast repair index", missing.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ended_at_any_change_of_the_storage_it_loses_nothing_and_the_next_run_finishes()
    {
        var pack = default(FileHandle);
        await Repaired.EndAnywhereAsync(
            async () =>
            {
                var sample = await MakeAsync();
                pack = await HurtAsync(sample, 2);
                return sample;
            },
            async repository =>
            {
                if (await repository.Backend.StatAsync(pack, Token) is not null) await Repaired.PacksAsync(repository, pack.Id.ToString());
            },
            4,
            ExpectGoodAsync,
            async sample =>
            {
                await ExpectGoodAsync(sample);
                Assert.Equal([$"{Blob(2)} is in no index and in no pack"], await Repaired.ErrorsAsync(sample.Repository));
                Assert.DoesNotContain(pack, await sample.FilesAsync(FileType.Pack));
            });
    }

    private static async Task ExpectGoodAsync(SampleRepository sample)
    {
        var content = await ReadAsync(sample.Repository);
        Assert.Equal(Pruned.Content(1), content["a"]);
        Assert.Equal(Pruned.Content(3), content["c"]);
    }

    private static async Task<FileHandle> HurtAsync(SampleRepository sample, int seed)
    {
        var location = (await sample.Repository.LoadIndexAsync(Token)).Locate(Blob(seed))!.Value;
        var pack = new FileHandle(FileType.Pack, location.Pack);
        await sample.FlipAsync(pack, (int)location.Blob.Offset + 100);
        return pack;
    }

    private static BlobHandle Blob(int seed) => new(BlobType.Data, Id.Of(Pruned.Content(seed)));

    /// <summary>The files that can be read.</summary>
    private static async Task<Dictionary<string, byte[]>> ReadAsync(Repository repository)
    {
        var reader = new Holdfast.Restic.Blobs.BlobReader(repository, await repository.LoadIndexAsync(Token));
        var snapshots = await Holdfast.Restic.Snapshots.SnapshotFiles.LoadAllAsync(repository, Token);
        var files = new Dictionary<string, byte[]>();
        foreach (var node in await reader.ReadTreeAsync(snapshots.Readable[0].Snapshot.Tree, Token))
        {
            if (await Record.ExceptionAsync(async () => files[System.Text.Encoding.UTF8.GetString(node.Name.Span)] = await reader.ReadAsync(new BlobHandle(BlobType.Data, node.Content![0]), Token)) is { } error)
                Assert.IsType<HoldfastException>(error);
        }

        return files;
    }

    private static async Task<SampleRepository> MakeAsync()
    {
        var sample = await SampleRepository.CreateAsync();
        var blobs = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(
            SampleRepository.File("a", 3000, blobs[0]), SampleRepository.File("b", 3000, blobs[1]), SampleRepository.File("c", 3000, blobs[2])));
        return sample;
    }
}
