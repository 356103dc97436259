using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Tests.Engine.Restores;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.RestorePoints;

public sealed class SnapshotWalkTests : IAsyncLifetime
{
    private Scene _scene = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _scene = await Scene.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Yields_folders_before_what_they_hold()
    {
        await _scene.SaveSnapshotAsync(
            async writer => await SaveTreeAsync(writer, FolderNode("a", await SaveTreeAsync(writer, FileNode("x", 0))), FileNode("b", 0)), "/");

        Assert.Equal(["/a", "/a/x", "/b"], await WalkAsync(PathSelection.Everything));
        Assert.Equal(["/a", "/a/x"], await WalkAsync(new PathSelection([FilePath.From("/a/x")])));
        Assert.Equal(["/b"], await WalkAsync(new PathSelection([FilePath.From("/b")])));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("/etc/passwd")]
    [InlineData("../../etc/passwd")]
    public async Task Refuses_names_that_lead_elsewhere_and_restores_nothing(string name)
    {
        await _scene.SaveSnapshotAsync(
            async writer => await SaveTreeAsync(writer, FolderNode("a", await SaveTreeAsync(writer, FileNode(name, 4, await SaveTextAsync(writer, "evil"))))), "/");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync());

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("would lead elsewhere", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_scene.Target.ToString()));
    }

    [Fact]
    public async Task Refuses_a_name_that_is_there_twice()
    {
        // A link and then a folder of the same name is how an archive writes through the link.
        var link = new Node { Name = "a"u8.ToArray(), Type = NodeType.Symlink, LinkTarget = Encoding.UTF8.GetBytes(_scene.App) };
        await _scene.SaveSnapshotAsync(
            async writer =>
            {
                var below = await SaveTreeAsync(writer, FileNode("x", 0));
                var one = Json(link);
                var two = Json(FolderNode("a", below));
                var tree = Encoding.UTF8.GetBytes($"{{\"nodes\":[{one},{two}]}}\n");
                return (await writer.SaveAsync(BlobType.Tree, tree, Token)).Id;
            },
            "/");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync());

        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_scene.App));

        static string Json(Node node) => Encoding.UTF8.GetString(TreeSerializer.Serialize([node]))[10..^3];
    }

    [Fact]
    public async Task Refuses_folders_without_end()
    {
        await _scene.SaveSnapshotAsync(
            async writer =>
            {
                var tree = await SaveTreeAsync(writer);
                for (var i = 0; i < 4200; i++) tree = await SaveTreeAsync(writer, FolderNode("d", tree));
                return tree;
            },
            "/");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => WalkAsync(PathSelection.Everything));

        Assert.Contains("deep", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_list_is_a_problem_and_the_rest_goes_on()
    {
        var folder = new Node { Name = "a"u8.ToArray(), Type = NodeType.Directory, Mode = 0x8000_01ED };
        await _scene.SaveSnapshotAsync(writer => SaveTreeAsync(writer, folder, FileNode("b", 0)), "/");
        var problems = new List<string>();

        Assert.Equal(["/a", "/b"], await WalkAsync(PathSelection.Everything, problems));
        Assert.Contains("\"/a\"", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_the_record_that_a_backup_wrote_and_none_in_a_stock_snapshot()
    {
        _scene.Execute("create table t(x); insert into t values(1), (2)");
        await _scene.BackupAsync();
        var reader = await ReaderAsync();
        var record = await new SnapshotRecordReader(reader).ReadAsync((await _scene.LatestAsync()).Snapshot, Token);
        Assert.Equal(2, Assert.Single(record!.Databases).Tables["t"]);

        await _scene.SaveSnapshotAsync(writer => SaveTreeAsync(writer, FileNode("b", 0)), "/b");
        Assert.Null(await new SnapshotRecordReader(await ReaderAsync()).ReadAsync((await _scene.LatestAsync()).Snapshot, Token));
    }

    private async Task<BlobReader> ReaderAsync() => new(_scene.Repository, await _scene.Repository.LoadIndexAsync(Token));

    private async Task<List<string>> WalkAsync(PathSelection selection, List<string>? problems = null)
    {
        var walk = new SnapshotWalk(await ReaderAsync(), selection);
        var paths = new List<string>();
        await foreach (var entry in walk.EntriesAsync((await _scene.LatestAsync()).Snapshot.Tree, Token)) paths.Add(entry.Path.ToString());
        problems?.AddRange(walk.Problems);
        return paths;
    }
}
