using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Tests.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Copying;

public sealed class CopyRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task Copies_content_and_snapshots_once(int from, int to)
    {
        using var source = await MakeAsync(from);
        using var target = await SampleRepository.CreateAsync(to);

        var (_, result) = await CopyAsync(source.Repository, target.Repository);
        var (again, nothing) = await CopyAsync(source.Repository, target.Repository);

        Assert.Equal(2, result.Copied.Count);
        await Pruned.ExpectSoundAsync(target.Repository);
        await ExpectSameAsync(source, target);
        Assert.Equal(2, again.Present.Count);
        Assert.Equal((0, 0), (nothing.Copied.Count, nothing.Added.Bytes));
        foreach (var (copy, original) in (await SnapshotsAsync(target)).Zip(await SnapshotsAsync(source)))
        {
            Assert.Equal(original.Id, copy.Snapshot.Original);
            Assert.Null(copy.Snapshot.Parent);
            Assert.Equal(original.Snapshot with { Parent = null, Original = null, Paths = [], Tags = [], Excludes = [] }, copy.Snapshot with { Original = null, Paths = [], Tags = [], Excludes = [] });
        }
    }

    [Fact]
    public async Task A_copy_of_a_copy_and_the_way_back_are_recognised()
    {
        using var source = await MakeAsync();
        using var middle = await SampleRepository.CreateAsync();
        using var target = await SampleRepository.CreateAsync();
        await CopyAsync(source.Repository, middle.Repository);
        await CopyAsync(middle.Repository, target.Repository);

        var (direct, _) = await CopyAsync(source.Repository, target.Repository);
        var (back, _) = await CopyAsync(target.Repository, source.Repository);

        Assert.Empty(direct.Missing);
        Assert.Empty(back.Missing);
    }

    [Fact]
    public async Task Other_tags_make_another_snapshot_that_costs_no_content()
    {
        using var source = await MakeAsync();
        using var target = await SampleRepository.CreateAsync();
        await CopyAsync(source.Repository, target.Repository);
        var first = (await SnapshotsAsync(source))[0];
        await SaveAsync(source, first.Snapshot with { Tags = ["kept"], Original = first.Id });

        var (plan, result) = await CopyAsync(source.Repository, target.Repository);

        Assert.Equal(["kept"], Assert.Single(plan.Missing).Snapshot.Tags);
        Assert.Equal(0, result.Added.Bytes);
    }

    /// <summary>Every change of the target, one after another, is the last that happens, or the first that does not.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 1 << 20)]
    [InlineData(true, 1 << 20)]
    public async Task Ended_at_any_change_the_target_is_sound_and_the_next_run_goes_on(bool afterTheChange, long batch)
    {
        using var source = await MakeAsync();
        for (var last = 0; ; last++)
        {
            using var target = await SampleRepository.CreateAsync();
            var ending = new EndingBackend(target.Backend, last, afterTheChange);
            using (var repository = await Repository.OpenAsync(ending, SampleRepository.Passphrase, Token))
            {
                if (await Record.ExceptionAsync(() => CopyAsync(source.Repository, repository, batch)) is null)
                {
                    // Of one batch: two packs, the index, two snapshots.
                    Assert.Equal(batch > 0, last == 5);
                    break;
                }
            }

            await Pruned.ExpectSoundAsync(target.Repository, allowHints: true);
            await CopyAsync(source.Repository, target.Repository);
            await Pruned.ExpectSoundAsync(target.Repository, allowHints: true);
            await ExpectSameAsync(source, target);
        }
    }

    [Fact]
    public async Task A_tree_that_the_target_has_without_its_content_is_completed()
    {
        using var source = await MakeAsync();
        using var target = await SampleRepository.CreateAsync();
        await CopyAsync(source.Repository, target.Repository);
        // As a prune can leave it: the trees stay in a pack that was worth keeping, the data is gone.
        foreach (var snapshot in await SnapshotsAsync(target)) await Pruned.ForgetAsync(target.Repository, snapshot.Id);
        var index = await target.Repository.LoadIndexAsync(Token);
        var data = new HashSet<Id>();
        index.ForEach(location => { if (location.Blob.Handle.Type == BlobType.Data) data.Add(location.Pack); });
        foreach (var file in await target.FilesAsync(FileType.Index))
        {
            var packs = (await target.Repository.LoadIndexFileAsync(file, Token)).Where(pack => !data.Contains(pack.Id)).ToList();
            await target.Backend.DeleteAsync(file, Token);
            if (packs.Count > 0) await target.Repository.SaveDocumentAsync(FileType.Index, Holdfast.Restic.Indexes.IndexDocument.Serialize(packs), Token);
        }

        foreach (var pack in data) await target.Backend.DeleteAsync(new FileHandle(FileType.Pack, pack), Token);

        await CopyAsync(source.Repository, target.Repository);

        await Pruned.ExpectSoundAsync(target.Repository);
        await ExpectSameAsync(source, target);
    }

    [Fact]
    public async Task A_snapshot_that_is_damaged_is_left_out_and_the_others_are_whole()
    {
        using var source = await SampleRepository.CreateAsync();
        var bad = (await source.SaveBlobsAsync(BlobType.Data, Pruned.Content(1)))[0];
        var pack = Assert.Single(await source.FilesAsync(FileType.Pack));
        var good = (await source.SaveBlobsAsync(BlobType.Data, Pruned.Content(2)))[0];
        var shared = await source.SaveTreeAsync(SampleRepository.File("bad", 3000, bad));
        var first = await source.SaveSnapshotAsync(await source.SaveTreeAsync(SampleRepository.Directory("d", shared), SampleRepository.File("good", 3000, good)));
        var second = await source.SaveSnapshotAsync(await source.SaveTreeAsync(SampleRepository.Directory("e", shared)), day: 2);
        var third = await source.SaveSnapshotAsync(await source.SaveTreeAsync(SampleRepository.File("good", 3000, good)), day: 3);
        await source.FlipAsync(pack, 50);
        using var target = await SampleRepository.CreateAsync();

        var (_, result) = await CopyAsync(source.Repository, target.Repository);

        Assert.Equal([first, second], result.Failed.Select(failed => failed.Source.Id));
        Assert.Contains(bad.ToString()[..8], result.Failed[1].Why, StringComparison.Ordinal);
        Assert.Equal(third, Assert.Single(result.Copied).Source.Id);
        await Pruned.ExpectSoundAsync(target.Repository, allowHints: true);
    }

    [Fact]
    public async Task A_target_that_cannot_be_written_gets_no_snapshot()
    {
        using var source = await MakeAsync();
        using var target = await SampleRepository.CreateAsync();
        var full = new RecordingBackend(target.Backend) { FailsAt = handle => handle.Type == FileType.Pack };
        using var repository = await Repository.OpenAsync(full, SampleRepository.Passphrase, Token);

        await Failing.ThrowsAsync(FailureKind.NoSpace, () => CopyAsync(source.Repository, repository));

        Assert.Empty(await target.FilesAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task Says_whether_both_cut_files_alike()
    {
        using var source = await MakeAsync();
        using var other = await SampleRepository.CreateAsync();
        using var alike = await Repository.InitializeAsync(
            new MemoryBackend(), SampleRepository.Passphrase, SampleRepository.CheapOptions() with { ChunkerPolynomial = source.Repository.Config.ChunkerPolynomial }, SampleRepository.Client, TimeProvider.System, Token);

        Assert.True(CopyPlan.Of(source.Repository, alike, [], []).SharesPieces);
        Assert.False(CopyPlan.Of(source.Repository, other.Repository, [], []).SharesPieces);
    }

    private static async Task<SampleRepository> MakeAsync(int version = 2)
    {
        var sample = await SampleRepository.CreateAsync(version);
        var ids = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), new byte[5000], Pruned.Content(3));
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(4));
        var first = await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 11000, ids[0], ids[1], ids[0])));
        var tree = await sample.SaveTreeAsync(SampleRepository.File("a", 11000, ids[0], ids[1], ids[0]), SampleRepository.File("b", 3000, ids[2]));
        await SaveAsync(sample, new Snapshot { Time = Timestamp.Parse("2026-01-02T00:00:00+01:00"), Tree = tree, Paths = ["/a", "/b"], Parent = first, Tags = ["x", "y"], Hostname = "host" });
        return sample;
    }

    private static Task<Id> SaveAsync(SampleRepository sample, Snapshot snapshot) =>
        sample.Repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token);

    private static async Task<IReadOnlyList<StoredSnapshot>> SnapshotsAsync(SampleRepository sample) =>
        (await SnapshotFiles.LoadAllAsync(sample.Repository, Token)).Readable;

    private static async Task<(CopyPlan Plan, CopyResult Result)> CopyAsync(Repository source, Repository target, long batch = 1 << 20)
    {
        var wanted = await SnapshotFiles.LoadAllAsync(source, Token);
        var plan = CopyPlan.Of(source, target, wanted.Readable, (await SnapshotFiles.LoadAllAsync(target, Token)).Readable);
        return (plan, await new CopyRun(source, target, new CopyOptions { BatchBytes = batch }, TimeProvider.System).ExecuteAsync(plan.Missing, Token));
    }

    private static async Task ExpectSameAsync(SampleRepository source, SampleRepository target)
    {
        var expected = await Pruned.ReadEverythingAsync(source.Repository);
        var found = await Pruned.ReadEverythingAsync(target.Repository);
        Assert.Equal(expected.Values.Select(Convert.ToHexString).Order(StringComparer.Ordinal), found.Values.Select(Convert.ToHexString).Order(StringComparer.Ordinal));
    }
}
