using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Repairing;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Holdfast.Tests.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Repairing;

public sealed class SnapshotRepairTests
{
    private static readonly Id Lost = Id.Of("nowhere"u8);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cuts_out_what_is_lost_and_keeps_the_hurt_snapshot_beside_the_repaired()
    {
        using var sample = await SampleRepository.CreateAsync();
        var (hurt, sound) = await MakeAsync(sample);

        var (plan, result) = await Repaired.SnapshotsAsync(sample.Repository, forget: false);

        Assert.Equal((2, hurt), (plan.Looked, Assert.Single(plan.Hurt).Snapshot.Id));
        Assert.Equal(
            [new LostPath("file", LossKind.Cut), new LostPath("folder/gone", LossKind.Emptied)], plan.Hurt[0].Losses.Paths);
        var snapshots = await LoadAsync(sample);
        Assert.Equal(3, snapshots.Count);
        var repaired = snapshots[Assert.Single(result.Repaired).Repaired];
        Assert.Equal((hurt, snapshots[hurt].Time), (repaired.Original!.Value, repaired.Time));
        Assert.Equal([SnapshotRepair.Tag], repaired.Tags);
        Assert.Contains(sound, snapshots.Keys);
        var reader = new BlobReader(sample.Repository, await sample.Repository.LoadIndexAsync(Token));
        var root = await reader.ReadTreeAsync(repaired.Tree, Token);
        Assert.Equal((6000UL, 2), (root[0].Size, root[0].Content!.Count));
        var folder = await reader.ReadTreeAsync(root[1].Subtree!.Value, Token);
        Assert.Equal(["gone", "kept"], folder.Select(node => Encoding.UTF8.GetString(node.Name.Span)));
        Assert.Empty(await reader.ReadTreeAsync(folder[0].Subtree!.Value, Token));
        Assert.Equal(3000UL, folder[1].Size);
    }

    [Fact]
    public async Task Forgets_the_hurt_one_and_leaves_a_sound_repository()
    {
        using var sample = await SampleRepository.CreateAsync();
        var (hurt, sound) = await MakeAsync(sample);

        var (_, result) = await Repaired.SnapshotsAsync(sample.Repository, forget: true);

        Assert.Equal([hurt], result.Removed);
        var snapshots = await LoadAsync(sample);
        Assert.Equivalent(new[] { sound, result.Repaired[0].Repaired }, snapshots.Keys);
        Assert.Empty(snapshots[result.Repaired[0].Repaired].Tags);
        Assert.Equal(hurt, snapshots[result.Repaired[0].Repaired].Original);
        Assert.Empty(await Repaired.ErrorsAsync(sample.Repository));
        Assert.True((await Repaired.SnapshotsAsync(sample.Repository, forget: true)).Plan.IsEmpty);
    }

    [Fact]
    public async Task Repairs_a_snapshot_once_and_forgets_it_later()
    {
        using var sample = await SampleRepository.CreateAsync();
        var (hurt, _) = await MakeAsync(sample);
        var (_, first) = await Repaired.SnapshotsAsync(sample.Repository, forget: false);

        var (again, second) = await Repaired.SnapshotsAsync(sample.Repository, forget: false);
        var (_, third) = await Repaired.SnapshotsAsync(sample.Repository, forget: true);

        Assert.True(again.IsEmpty);
        Assert.Equal(first.Repaired[0].Repaired, again.Hurt[0].RepairedAs);
        Assert.Empty(second.Repaired);
        Assert.Empty(third.Repaired);
        Assert.Equal([hurt], third.Removed);
        Assert.Equal(2, (await LoadAsync(sample)).Count);
    }

    [Fact]
    public async Task Takes_out_entries_that_no_program_restores()
    {
        using var sample = await SampleRepository.CreateAsync();
        var blob = (await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1)))[0];
        var times = "\"mtime\":\"2026-01-01T00:00:00Z\",\"atime\":\"2026-01-01T00:00:00Z\",\"ctime\":\"2026-01-01T00:00:00Z\",\"uid\":0,\"gid\":0";
        var tree = await sample.SaveRawTreeAsync(
            $$"""
            {"nodes":[{"name":"odd","type":"irregular",{{times}},"content":null},
            {"name":"..","type":"file",{{times}},"content":[]},
            {"name":"bare","type":"file",{{times}},"size":5,"content":null},
            {"name":"dir","type":"dir",{{times}},"content":null},
            {"name":"large","type":"file",{{times}},"size":7,"content":["{{blob}}"]},
            {"name":"null","type":"file",{{times}},"size":3000,"content":["{{blob}}","{{new string('0', 64)}}"]}]}
            """);
        await sample.SaveSnapshotAsync(tree);

        var (plan, result) = await Repaired.SnapshotsAsync(sample.Repository, forget: true);

        var losses = plan.Hurt[0].Losses;
        Assert.Equal((2L, 2L, 1L, 1L), (losses.Nodes, losses.Files, losses.Directories, losses.Sizes));
        await Pruned.ExpectSoundAsync(sample.Repository, allowHints: true);
        var reader = new BlobReader(sample.Repository, await sample.Repository.LoadIndexAsync(Token));
        var nodes = await reader.ReadTreeAsync((await LoadAsync(sample))[result.Repaired[0].Repaired].Tree, Token);
        Assert.Equal([("bare", 0UL), ("dir", 0UL), ("large", 3000UL), ("null", 3000UL)], nodes.Select(node => (Encoding.UTF8.GetString(node.Name.Span), node.Size)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Removes_a_snapshot_of_which_nothing_can_be_read_only_when_told_to(bool isTreeLost)
    {
        using var sample = await SampleRepository.CreateAsync();
        var (_, sound) = await MakeAsync(sample);
        var unreadable = await sample.SaveSnapshotAsync(isTreeLost ? Lost : (await LoadAsync(sample))[sound].Tree, day: 9);
        if (!isTreeLost) await sample.FlipAsync(new FileHandle(FileType.Snapshot, unreadable), 60);

        var (kept, _) = await Repaired.SnapshotsAsync(sample.Repository, forget: false, unreadable.ToString()[..10]);
        Assert.Equal(unreadable, Assert.Single(kept.Unreadable).Id);
        Assert.True(kept.IsEmpty);
        Assert.Contains(new FileHandle(FileType.Snapshot, unreadable), await sample.FilesAsync(FileType.Snapshot));

        var (_, result) = await Repaired.SnapshotsAsync(sample.Repository, forget: true, unreadable.ToString());
        Assert.Equal([unreadable], result.Removed);
        Assert.DoesNotContain(new FileHandle(FileType.Snapshot, unreadable), await sample.FilesAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task Cuts_nothing_while_the_index_may_be_what_is_wrong()
    {
        using var sample = await SampleRepository.CreateAsync();
        await MakeAsync(sample);
        await Repaired.SnapshotsAsync(sample.Repository, forget: true);
        // What a snapshot needs: of the rest nobody misses the entry.
        var tree = new BlobHandle(BlobType.Tree, (await LoadAsync(sample)).Values.First().Tree);
        var needed = (await sample.Repository.LoadIndexAsync(Token)).Locate(tree)!.Value.Pack;
        var index = await ListingAsync(sample, needed);
        var whole = await sample.Backend.ReadAllAsync(index, Token);

        await sample.Backend.DeleteAsync(index, Token);
        Assert.Contains("repair index", (await Failing.ThrowsAsync(FailureKind.Damaged, () => Repaired.SnapshotsAsync(sample.Repository, forget: true))).Hint, StringComparison.Ordinal);
        await sample.Backend.WriteAsync(index, whole.AsMemory(1), Token);
        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repaired.SnapshotsAsync(sample.Repository, forget: true));
        await sample.Backend.WriteAsync(index, whole, Token);
        var pack = new FileHandle(FileType.Pack, needed);
        await sample.TruncateAsync(pack, 1);
        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repaired.SnapshotsAsync(sample.Repository, forget: true));
        await sample.Backend.DeleteAsync(pack, Token);
        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repaired.SnapshotsAsync(sample.Repository, forget: true));
        Assert.Equal(2, (await sample.FilesAsync(FileType.Snapshot)).Count);
    }

    [Fact]
    public async Task A_damaged_tree_is_a_matter_of_its_pack_first()
    {
        using var sample = await SampleRepository.CreateAsync();
        var (_, sound) = await MakeAsync(sample);
        var pack = await Repaired.PackOfAsync(sample.Repository, new BlobHandle(BlobType.Tree, (await LoadAsync(sample))[sound].Tree));
        await sample.FlipAsync(pack, 40);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Repaired.SnapshotsAsync(sample.Repository, forget: true));
        Assert.Contains($"holdfast repair packs {pack.Id}", error.Hint, StringComparison.Ordinal);
        await Repaired.PacksAsync(sample.Repository, pack.Id.ToString());
        var (plan, _) = await Repaired.SnapshotsAsync(sample.Repository, forget: true);
        Assert.Equal(sound, Assert.Single(plan.Unreadable).Id);
        Assert.Empty(await Repaired.ErrorsAsync(sample.Repository));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ended_at_any_change_of_the_storage_it_loses_nothing_and_the_next_run_finishes(bool forget)
    {
        var made = (Hurt: default(Id), Sound: default(Id));
        await Repaired.EndAnywhereAsync(
            async () =>
            {
                var sample = await SampleRepository.CreateAsync();
                made = await MakeAsync(sample);
                return sample;
            },
            repository => Repaired.SnapshotsAsync(repository, forget),
            forget ? 4 : 3,
            sample => ExpectSomeAsync(sample, made.Hurt, made.Sound),
            async sample =>
            {
                await ExpectSomeAsync(sample, made.Hurt, made.Sound);
                var repaired = (await LoadAsync(sample)).Where(snapshot => snapshot.Value.Original == made.Hurt).ToList();
                Assert.Single(repaired);
                Assert.Equal(forget ? 2 : 3, (await LoadAsync(sample)).Count);
                if (forget) Assert.Empty(await Repaired.ErrorsAsync(sample.Repository));
            });
    }

    /// <summary>The sound snapshot is there, and of the hurt one itself or a repaired one of which everything can be read.</summary>
    private static async Task ExpectSomeAsync(SampleRepository sample, Id hurt, Id sound)
    {
        var snapshots = await LoadAsync(sample);
        Assert.Contains(sound, snapshots.Keys);
        Assert.True(snapshots.ContainsKey(hurt) || snapshots.Values.Any(snapshot => snapshot.Original == hurt));
        Assert.DoesNotContain(
            (await new Holdfast.Restic.Checking.RepositoryCheck(sample.Repository, new() { ReadData = true }).ExecuteAsync(Token)).HurtSnapshots, id => id != hurt);
    }

    private static async Task<(Id Hurt, Id Sound)> MakeAsync(SampleRepository sample)
    {
        var blobs = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2));
        var kept = SampleRepository.File("kept", 3000, blobs[1]);
        var folder = await sample.SaveTreeAsync(SampleRepository.Directory("gone", Lost), kept);
        var root = await sample.SaveTreeAsync(SampleRepository.File("file", 9000, blobs[0], Lost, blobs[1]), SampleRepository.Directory("folder", folder));
        return (await sample.SaveSnapshotAsync(root), await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(kept), day: 2));
    }

    private static async Task<Dictionary<Id, Snapshot>> LoadAsync(SampleRepository sample) =>
        (await SnapshotFiles.LoadAllAsync(sample.Repository, Token)).Readable.ToDictionary(stored => stored.Id, stored => stored.Snapshot);

    /// <summary>The index file that lists a pack.</summary>
    private static async Task<FileHandle> ListingAsync(SampleRepository sample, Id pack)
    {
        foreach (var file in await sample.FilesAsync(FileType.Index))
            if ((await sample.Repository.LoadIndexFileAsync(file, Token)).Any(listed => listed.Id == pack)) return file;
        throw new InvalidOperationException($"no index lists {pack}");
    }
}
