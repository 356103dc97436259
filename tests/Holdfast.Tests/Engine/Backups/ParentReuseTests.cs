using Holdfast.Engine.Backups;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>When a file's content is taken from the parent snapshot, and when it is read again.</summary>
public sealed class ParentReuseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unchanged_files_are_not_read_again()
    {
        using var scene = await BackupScene.CreateAsync();
        var file = scene.Write("app/file", "content");
        var first = await scene.BackupAsync(scene.At("app"));
        var second = await scene.BackupAsync(scene.At("app"));
        Assert.Equal((1, 0, 7), (first.Files, first.FilesUnchanged, first.BytesRead));
        Assert.Equal((1, 1, 0), (second.Files, second.FilesUnchanged, second.BytesRead));
        var saved = await scene.OpenAsync(second);
        Assert.Equal(first.SnapshotId, saved.Snapshot.Parent);
        Assert.Equal("content", await saved.TextAsync(file));
    }

    [Fact]
    public async Task Whatever_changed_is_read_again()
    {
        using var scene = await BackupScene.CreateAsync();
        foreach (var name in (string[])["size", "modified", "changed", "replaced", "same"]) scene.Write($"app/{name}", "before");
        await scene.BackupAsync(scene.At("app"));
        File.AppendAllText(scene.Temp["app", "size"], "!");
        Rewrite(scene.Temp["app", "modified"], keepsTime: false);
        // The time of modification can be set back, the time of change cannot.
        Rewrite(scene.Temp["app", "changed"], keepsTime: true);
        var time = File.GetLastWriteTimeUtc(scene.Temp["app", "replaced"]);
        scene.Write("app/new", "after!");
        File.SetLastWriteTimeUtc(scene.Temp["app", "new"], time);
        File.Move(scene.Temp["app", "new"], scene.Temp["app", "replaced"], overwrite: true);

        var result = await scene.BackupAsync(scene.At("app"));
        Assert.Equal((5, 1), (result.Files, result.FilesUnchanged));
        var saved = await scene.OpenAsync(result);
        Assert.Equal("before!", await saved.TextAsync(scene.At("app/size")));
        foreach (var name in (string[])["modified", "changed", "replaced"]) Assert.Equal("after!", await saved.TextAsync(scene.At($"app/{name}")));
    }

    [Fact]
    public async Task Force_reads_everything_again()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "content");
        await scene.BackupAsync(scene.At("app"));
        var result = await scene.BackupAsync(BackupScene.Options(scene.At("app")) with { Force = true });
        Assert.Equal((0, 7), (result.FilesUnchanged, result.BytesRead));
    }

    [Fact]
    public async Task A_snapshot_of_another_host_or_of_other_paths_is_no_parent()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "content");
        await scene.BackupAsync(scene.At("app"));
        var elsewhere = BackupScene.Options(scene.At("app")) with { Identity = new ClientIdentity("elsewhere", "tester", Environment.ProcessId, 0, 0) };
        Assert.Equal(0, (await scene.BackupAsync(elsewhere)).FilesUnchanged);
        Assert.Equal(0, (await scene.BackupAsync(scene.At("app/file"))).FilesUnchanged);
        Assert.Equal(1, (await scene.BackupAsync(scene.At("app"))).FilesUnchanged);
    }

    [Theory]
    [InlineData(BlobType.Data)]
    [InlineData(BlobType.Tree)]
    public async Task What_the_repository_has_lost_of_the_parent_is_read_again(BlobType lost)
    {
        using var scene = await BackupScene.CreateAsync();
        var file = scene.Write("app/file", "content");
        var first = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        var blob = lost == BlobType.Data ? first.Node(file).Content![0] : first.Node(scene.At("app")).Subtree!.Value;
        await LoseAsync(scene, new BlobHandle(lost, blob));
        var result = await scene.BackupAsync(scene.At("app"));
        Assert.Equal((0, 7), (result.FilesUnchanged, result.BytesRead));
        Assert.Empty(result.Problems);
        Assert.Contains("not in the repository's index", Assert.Single(result.Afterwards), StringComparison.Ordinal);
        Assert.Equal("content", await (await scene.OpenAsync(result)).TextAsync(file));
        Assert.False((await scene.BackupAsync(scene.At("app"))).IsPartial);
    }

    [Fact]
    public async Task A_damaged_tree_of_the_parent_only_costs_time()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "content");
        var first = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        var tree = new BlobHandle(BlobType.Tree, first.Node(scene.At("app")).Subtree!.Value);
        var location = (await scene.Repository.LoadIndexAsync(Token)).Locate(tree)!.Value;
        var pack = new FileHandle(FileType.Pack, location.Pack);
        var content = await scene.Backend.ReadAllAsync(pack, Token);
        content[location.Blob.Offset + 20] ^= 1;
        await scene.Backend.WriteAsync(pack, content, Token);
        var result = await scene.BackupAsync(scene.At("app"));
        Assert.Equal((0, 7, false), (result.FilesUnchanged, result.BytesRead, result.IsPartial));
    }

    /// <summary>Removes the pack of a blob, and all there is in the index.</summary>
    private static async Task LoseAsync(BackupScene scene, BlobHandle blob)
    {
        var index = await scene.Repository.LoadIndexAsync(Token);
        await scene.Backend.DeleteAsync(new FileHandle(FileType.Pack, index.Locate(blob)!.Value.Pack), Token);
        foreach (var file in await scene.Repository.ListAsync(FileType.Index, Token)) await scene.Backend.DeleteAsync(file.Handle, Token);
    }

    private static void Rewrite(string path, bool keepsTime)
    {
        var time = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, "after!");
        File.SetLastWriteTimeUtc(path, keepsTime ? time : time.AddSeconds(1));
    }
}
