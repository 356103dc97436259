using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>What Holdfast writes, in the hands of the real restic.</summary>
public sealed class ResticReadsOursTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Restic_checks_lists_dumps_and_restores_what_we_saved(int version)
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"], version);
        var tree = Awkward();
        await repository.BackUpAsync(tree.Root);
        await repository.ExpectSoundAsync();

        var list = (await repository.Restic.RunAsync("ls", "latest")).OutputLines;
        Assert.Contains(tree.Root + "/plain/hello.txt", list);
        var dump = await repository.Restic.RunAsync("dump", "latest", tree.Root + "/plain/large");
        Assert.Equal(await File.ReadAllBytesAsync(tree.Root + "/plain/large"), dump.OutputBytes);
        await repository.Restic.RunAsync("restore", "latest", "--target", _temp["restored"]);
        Assert.True(SameFiles.Expect(tree.Root, _temp["restored"] + tree.Root) > 30);
    }

    [Fact]
    public async Task Restic_tags_backs_up_forgets_and_prunes_on_top_of_ours_and_we_go_on()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        var tree = Awkward();
        var first = await repository.BackUpAsync(tree.Root);
        tree.File("plain/second", SyntheticTree.RandomBytes(2, 2_000_000));
        await repository.BackUpAsync(tree.Root);
        await repository.Restic.RunAsync("tag", "--add", "kept", first.SnapshotId.ToString());
        tree.File("plain/third", SyntheticTree.RandomBytes(3, 700_000));
        var backup = (await repository.Restic.RunAsync("backup", "--json", tree.Root)).JsonLines()[^1];
        // Our chunks are restic's: of all that was there nothing is stored again.
        Assert.InRange(backup.GetProperty("data_added").GetInt64(), 700_000, 900_000);
        Assert.Equal(3, (await repository.SnapshotsAsync()).Count);
        await repository.ExpectSoundAsync();

        tree.File("plain/second", "gone"u8);
        await repository.BackUpAsync(tree.Root);
        await repository.Restic.RunAsync("forget", "--keep-last", "1", "--group-by", "host", "--prune", "--max-unused", "0");

        var last = Assert.Single(await repository.SnapshotsAsync());
        await repository.ExpectSoundAsync();
        await repository.RestoreAsync(last, _temp.CreateDirectory("restored"));
        SameFiles.Expect(tree.Root, _temp["restored"] + tree.Root);
    }

    [Fact]
    public async Task The_same_folder_has_the_same_tree_as_in_a_backup_by_restic()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        var tree = Awkward();
        await repository.BackUpAsync(tree.Root);
        await repository.Restic.RunAsync("backup", tree.Root);

        var snapshots = await repository.SnapshotsAsync();

        Assert.Equal(2, snapshots.Count);
        Assert.Equal(
            await StoredFolder.TreeOfAsync(repository.Repository, snapshots[0].Snapshot.Tree, tree.Root),
            await StoredFolder.TreeOfAsync(repository.Repository, snapshots[1].Snapshot.Tree, tree.Root));
    }

    private SyntheticTree Awkward()
    {
        var tree = SyntheticTree.Awkward(_temp.CreateDirectory("tree"));
        // restic before 0.16 loses link targets that are not UTF-8.
        File.Delete(tree.Root + "/links/raw");
        return tree;
    }
}
