using Holdfast.Engine.Files;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>What the trees of a backup say about files of every kind.</summary>
public sealed class BackupNodeTests
{
    [Fact]
    public async Task Names_that_are_not_text_are_kept_byte_for_byte()
    {
        using var scene = await BackupScene.CreateAsync();
        var file = scene.WriteRaw([0x63, 0xE9, 0x0A, 0x1B], "x");
        var saved = await scene.OpenAsync(await scene.BackupAsync(file.Parent!));
        Assert.Equal("x", await saved.TextAsync(file));
    }

    [Fact]
    public async Task Hard_links_keep_their_inode_and_the_number_of_their_names()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/one", "same");
        new SyntheticTree(scene.Temp["app"]).HardLink("two", "one");
        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        var (one, two) = (saved.Node(scene.At("app/one")), saved.Node(scene.At("app/two")));
        Assert.Equal((2UL, 2UL), (one.Links, two.Links));
        Assert.Equal((one.Inode, one.DeviceId), (two.Inode, two.DeviceId));
        Assert.NotEqual(0UL, one.Inode);
        Assert.Equal(one.Content, two.Content);
    }

    [Fact]
    public async Task Links_fifos_and_modes_are_kept_and_sockets_are_passed_over()
    {
        using var scene = await BackupScene.CreateAsync();
        var tree = new SyntheticTree(scene.Temp.CreateDirectory("app"));
        tree.SymbolicLink("link", "nowhere").Fifo("fifo").File("setuid", "x"u8).Mode("setuid", 0x9ED).Directory("sticky").Mode("sticky", 0x3FF);
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(scene.Temp["app", "socket"]));
        var result = await scene.BackupAsync(scene.At("app"));
        var saved = await scene.OpenAsync(result);
        Assert.Equal("fifo link setuid sticky", saved.Names(scene.At("app")));
        Assert.Equal(NodeType.Symlink, saved.Node(scene.At("app/link")).Type);
        Assert.Equal(NodeType.Fifo, saved.Node(scene.At("app/fifo")).Type);
        Assert.Equal(0x9EDu, NodeMode.PermissionsOf(saved.Node(scene.At("app/setuid")).Mode));
        Assert.Equal(0x3FFu, NodeMode.PermissionsOf(saved.Node(scene.At("app/sticky")).Mode));
        Assert.Equal(1, result.Files);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public async Task Devices_keep_their_number()
    {
        RealComponent.RequireRoot("make a device");
        using var scene = await BackupScene.CreateAsync();
        SystemCommand.Run("mknod", Path.Combine(scene.Temp.CreateDirectory("app"), "null"), "c", "1", "3");
        if (!FileSystem.Exists(scene.At("app/null"))) Assert.Skip("this system does not let root make devices");
        var node = (await scene.OpenAsync(await scene.BackupAsync(scene.At("app")))).Node(scene.At("app/null"));
        Assert.Equal(NodeType.CharacterDevice, node.Type);
        Assert.Equal(0x103UL, node.Device);
    }

    [Fact]
    public async Task Extended_attributes_are_kept()
    {
        using var scene = await BackupScene.CreateAsync();
        var tree = new SyntheticTree(scene.Temp.CreateDirectory("app")).File("file", "x"u8);
        if (!tree.SupportsAttributes()) Assert.Skip("this file system keeps no extended attributes");
        tree.Attribute("file", "user.key", "value"u8);
        var node = (await scene.OpenAsync(await scene.BackupAsync(scene.At("app")))).Node(scene.At("app/file"));
        var attribute = Assert.Single(node.ExtendedAttributes, attribute => attribute.Name == "user.key");
        Assert.Equal("value"u8.ToArray(), attribute.Value.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(RabinChunker.MinimumSize - 1)]
    [InlineData(RabinChunker.MinimumSize)]
    [InlineData(RabinChunker.MinimumSize + 1)]
    [InlineData(RabinChunker.MaximumSize + 1)]
    [InlineData((2 * RabinChunker.MaximumSize) + 12345)]
    public async Task Files_are_cut_where_the_chunker_says(int size)
    {
        using var scene = await BackupScene.CreateAsync();
        // Zeros have no cuts but those at the largest size; noise has some.
        byte[] content = [.. SyntheticTree.RandomBytes(size, size / 2), .. new byte[size - (size / 2)]];
        var file = scene.Write("app/file", content);
        var result = await scene.BackupAsync(scene.At("app"));
        var saved = await scene.OpenAsync(result);
        Assert.Equal(Cuts(new RabinTables(scene.Repository.Config.ChunkerPolynomial), content), saved.Node(file).Content);
        Assert.Equal((ulong)size, saved.Node(file).Size);
        Assert.Equal(content, await saved.BytesAsync(file));
        Assert.Equal(size, result.BytesRead);
    }

    [Fact]
    public async Task A_sparse_file_is_read_as_what_it_means()
    {
        using var scene = await BackupScene.CreateAsync();
        new SyntheticTree(scene.Temp.CreateDirectory("app")).Sparse("hole", 20_000_000, (19_000_000, "tail"u8.ToArray()));
        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        Assert.Equal(await File.ReadAllBytesAsync(scene.Temp["app", "hole"], TestContext.Current.CancellationToken), await saved.BytesAsync(scene.At("app/hole")));
    }

    [Fact]
    public async Task Folders_may_lie_as_deep_in_each_other_as_the_system_allows()
    {
        using var scene = await BackupScene.CreateAsync();
        var deep = scene.Temp.CreateDirectory("app") + string.Concat(Enumerable.Repeat("/d", 1900));
        Directory.CreateDirectory(deep);
        await File.WriteAllTextAsync(deep + "/end", "x", TestContext.Current.CancellationToken);
        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        Assert.Equal("x", await saved.TextAsync(FilePath.From(deep + "/end")));
    }

    private static List<Id> Cuts(RabinTables tables, byte[] content)
    {
        var ids = new List<Id>();
        var chunker = new RabinChunker(tables);
        for (var at = 0; at < content.Length;)
        {
            var length = chunker.NextCut(content.AsSpan(at));
            ids.Add(Id.Of(content.AsSpan(at, length)));
            at += length;
        }

        return ids;
    }
}
