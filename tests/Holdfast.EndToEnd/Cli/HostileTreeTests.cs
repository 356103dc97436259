using System.Text;
using Holdfast.EndToEnd.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Snapshots whose trees try to lead out of the target.</summary>
public sealed class HostileTreeTests : WorkplaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("..", "dir")]
    [InlineData("../escaped", "file")]
    [InlineData("/escaped", "file")]
    [InlineData(".", "dir")]
    public async Task Are_refused_and_nothing_is_written(string name, string type)
    {
        await SaveAsync((writer, content) => type == "file"
            ? Task.FromResult($$"""{"name":"{{name}}","type":"file","mode":420,"size":4,"content":["{{content}}"]}""")
            : FolderAsync(writer, name, $$"""{"name":"escaped","type":"file","mode":420,"size":4,"content":["{{content}}"]}"""));

        (await Place.JsonAsync(1, "restore", "latest", "--target", Place["target"])).ExpectFields("error", "message");

        Assert.False(File.Exists(Place["escaped"]) || File.Exists("/escaped"));
        Assert.False(Directory.Exists(Place["target"]) && Directory.GetFileSystemEntries(Place["target"]).Length > 0);
        Assert.False((await Place.JsonAsync(1, "drill")).TryGetProperty("proven", out var proven) && proven.GetBoolean());
    }

    [Fact]
    public async Task A_link_is_never_written_through()
    {
        Directory.CreateDirectory(Place["outside"]);
        await SaveAsync(async (writer, content) =>
            $$"""{"name":"a","type":"symlink","mode":134218239,"linktarget":"{{Place["outside"]}}"},"""
            + await FolderAsync(writer, "a", $$"""{"name":"escaped","type":"file","mode":420,"size":4,"content":["{{content}}"]}"""));

        await Place.Holdfast.TryRunAsync("restore", "latest", "--target", Place["target"]);

        Assert.Empty(Directory.GetFileSystemEntries(Place["outside"]));
    }

    private static async Task<string> FolderAsync(BlobWriter writer, string name, string nodes)
    {
        var below = await writer.SaveAsync(BlobType.Tree, Tree(nodes), Token);
        return $$"""{"name":"{{name}}","type":"dir","mode":2147484141,"subtree":"{{below.Id}}"}""";
    }

    private static byte[] Tree(string nodes) => Encoding.UTF8.GetBytes($"{{\"nodes\":[{nodes}]}}\n");

    private async Task SaveAsync(Func<BlobWriter, Id, Task<string>> nodes)
    {
        using var repository = await Place.OpenAsync();
        await using var writer = new BlobWriter(repository, await repository.LoadIndexAsync(Token), TimeProvider.System, Task.CompletedTask);
        var content = await writer.SaveAsync(BlobType.Data, "evil"u8.ToArray(), Token);
        var root = await writer.SaveAsync(BlobType.Tree, Tree(await nodes(writer, content.Id)), Token);
        await writer.FlushAsync(Token);
        var snapshot = new Snapshot { Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow), Tree = root.Id, Paths = ["/"], Hostname = OwnRepository.Identity.HostName };
        await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token);
    }
}
