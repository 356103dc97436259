using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

public sealed class FileSystemTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private FilePath Root => FilePath.From(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Lists_names_in_byte_order_whatever_they_are()
    {
        byte[][] names = ["Z"u8.ToArray(), "a\nb"u8.ToArray(), "日"u8.ToArray(), [0xFF, 0xFE], "\u001b[2J"u8.ToArray(), "-"u8.ToArray()];
        foreach (var name in names) AtomicFile.Write(Root.Combine(name), "x"u8);
        Array.Sort(names, (a, b) => a.AsSpan().SequenceCompareTo(b));

        var entries = DirectoryListing.Read(Root);

        Assert.Equal(names, entries.Select(e => e.Name));
        Assert.All(entries, e => Assert.Equal(NodeType.File, e.Type ?? NodeType.File));
        Assert.All(entries, e => Assert.Equal("x"u8, FileSystem.ReadAllBytes(Root.Combine(e.Name), 10)));
    }

    [Fact]
    public void Lists_more_names_than_one_buffer_holds()
    {
        for (var i = 0; i < 3000; i++) SparseFileWriter.Create(Root.Combine($"{i:d4}-a-name-of-some-length-to-fill-the-buffer")).Dispose();
        var entries = DirectoryListing.Read(Root);
        Assert.Equal(3000, entries.Select(e => Convert.ToHexString(e.Name)).Distinct().Count());
        Assert.Equal("2999-a"u8, entries[^1].Name.AsSpan(0, 6));
    }

    [Fact]
    public void Does_not_list_through_a_symbolic_link()
    {
        NodeWriter.Create(Root.Combine("link"), Symlink("/"u8));
        var e = Assert.Throws<HoldfastException>(() => DirectoryListing.Read(Root.Combine("link")));
        Assert.True(FileFailure.IsVanished(e));
    }

    [Fact]
    public void Tells_absence_from_other_failures()
    {
        var absent = Root.Combine("absent");
        Assert.Null(FileSystem.TryStatus(absent, followLinks: false));
        Assert.False(FileSystem.Exists(absent));
        Assert.False(FileSystem.Remove(absent));
        Assert.False(FileSystem.RemoveTree(absent));
        var e = Assert.Throws<HoldfastException>(() => FileSystem.Status(absent, followLinks: true));
        Assert.Equal(FailureKind.NotFound, e.Kind);
        Assert.True(FileFailure.IsVanished(e));
        Assert.Contains("No such file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeps_terminal_escapes_out_of_messages()
    {
        var e = Assert.Throws<HoldfastException>(() => FileSystem.Status(Root.Combine("\u001b[31m\n"), followLinks: true));
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.Contains("\\x1b[31m\\n", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_the_status_of_a_link_and_of_what_it_leads_to()
    {
        var file = FilePath.From(_temp.WriteFile("file", "12345"));
        NodeWriter.Link(file, Root.Combine("second"));
        NodeWriter.Create(Root.Combine("link"), Symlink("file"u8));
        var link = FileSystem.Status(Root.Combine("link"), followLinks: false);
        var target = FileSystem.Status(Root.Combine("link"), followLinks: true);
        Assert.Equal(NodeType.Symlink, link.Type);
        Assert.Equal(NodeType.File, target.Type);
        Assert.Equal(5UL, target.Size);
        Assert.Equal(2UL, target.Links);
        Assert.Equal(FileSystem.Status(Root.Combine("second"), followLinks: false).Identity, target.Identity);
        Assert.Equal("file"u8, FileSystem.ReadLink(Root.Combine("link")));
        Assert.Equal(file, FileSystem.RealPath(Root.Combine("link")));
    }

    [Fact]
    public void Reads_link_targets_of_any_length()
    {
        var target = Enumerable.Repeat((byte)'t', 1000).ToArray();
        NodeWriter.Create(Root.Combine("link"), Symlink(target));
        Assert.Equal(target, FileSystem.ReadLink(Root.Combine("link")));
    }

    [Theory]
    [InlineData(8u, 1u, 0x801ul)]
    [InlineData(0u, 300u, 0x10002cul)]
    [InlineData(0x12345u, 0x6789ABu, 0x12006789345abul)]
    public void Encodes_device_numbers_as_the_system_does(uint major, uint minor, ulong expected) =>
        Assert.Equal(expected, DeviceNumber.Make(major, minor));

    [Fact]
    public void Creates_missing_directories_and_refuses_files_in_the_way()
    {
        var deep = Root.Combine("a").Combine("b").Combine("c");
        FileSystem.CreateDirectories(deep);
        FileSystem.CreateDirectories(deep);
        Assert.True(FileSystem.Status(deep, followLinks: false).IsDirectory);
        _temp.WriteFile("file", "x");
        Assert.Throws<HoldfastException>(() => FileSystem.CreateDirectories(Root.Combine("file")));
        Assert.Throws<HoldfastException>(() => FileSystem.CreateDirectories(Root.Combine("file").Combine("below")));
        NodeWriter.Create(Root.Combine("dangling"), Symlink("nowhere"u8));
        Assert.Throws<HoldfastException>(() => FileSystem.CreateDirectories(Root.Combine("dangling")));
    }

    [Fact]
    public void Removes_an_awkward_tree_and_nothing_that_links_lead_to()
    {
        _temp.WriteFile("outside/keep", "x");
        SyntheticTree.Awkward(_temp.CreateDirectory("tree"));
        NodeWriter.Create(Root.Combine("tree").Combine("to-outside"), Symlink("../outside"u8));
        Assert.True(FileSystem.RemoveTree(Root.Combine("tree")));
        Assert.False(FileSystem.Exists(Root.Combine("tree")));
        Assert.True(FileSystem.Exists(Root.Combine("outside").Combine("keep")));
    }

    [Fact]
    public void Removes_directories_without_permissions_as_their_owner()
    {
        var home = OrdinaryUser.CreateHome(_temp);
        OrdinaryUser.Run(() =>
        {
            var tree = home.Combine("tree");
            FileSystem.CreateDirectories(tree.Combine("unreadable").Combine("inner"));
            FileSystem.CreateDirectories(tree.Combine("readonly").Combine("inner"));
            FileSystem.SetPermissions(tree.Combine("unreadable"), 0);
            FileSystem.SetPermissions(tree.Combine("readonly"), 0x140);
            FileSystem.SetPermissions(tree, 0x140);
            Assert.True(FileSystem.RemoveTree(tree));
            Assert.False(FileSystem.Exists(tree));
        });
    }

    [Fact]
    public void Explains_a_refusal()
    {
        var home = OrdinaryUser.CreateHome(_temp);
        var secret = FilePath.From(_temp.WriteFile("secret", "x"));
        FileSystem.SetPermissions(secret, 0x180);
        OrdinaryUser.Run(() =>
        {
            Assert.True(FileSystem.Exists(home));
            var e = Assert.Throws<HoldfastException>(() => DescriptorReader.Open(secret));
            Assert.True(FileFailure.IsRefused(e));
            Assert.NotNull(e.Hint);
        });
    }

    [Fact]
    public void Reads_small_files_up_to_a_limit()
    {
        var file = FilePath.From(_temp.WriteFile("file", "\uFEFFabc"));
        Assert.Equal("abc", FileSystem.ReadAllText(file, 6));
        Assert.Equal(6, FileSystem.ReadAllBytes(file, 6).Length);
        Assert.Throws<HoldfastException>(() => FileSystem.ReadAllBytes(file, 5));
        Assert.NotEmpty(FileSystem.ReadAllBytes(FilePath.From("/proc/self/stat"), 10000));
    }

    [Fact]
    public void Knows_free_space_and_file_system_also_of_what_is_not_there_yet()
    {
        var absent = Root.Combine("x").Combine("y");
        Assert.True(FreeSpace.At(absent) > 0);
        Assert.Equal(FileSystemIdentity.Of(Root), FileSystemIdentity.Of(absent));
        Assert.NotEqual(FileSystemIdentity.Of(Root), FileSystemIdentity.Of(FilePath.From("/proc")));
        Assert.True(FreeSpace.At(FilePath.From("relative-and-absent")) > 0);
    }

    private static Node Symlink(ReadOnlySpan<byte> target) =>
        new() { Name = "link"u8.ToArray(), Type = NodeType.Symlink, LinkTarget = target.ToArray() };
}
