using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

public sealed class NodeMetadataTests : IDisposable
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private readonly TempDirectory _temp = new();
    private readonly NodeReader _reader = new(Berlin, new OwnerNames());

    private FilePath Root => FilePath.From(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(1_600_000_000, 123_456_789, 120)]
    [InlineData(-1, 500_000_000, 60)]
    [InlineData(-1_000_000, 1, 60)]
    public void Keeps_times_to_the_nanosecond_with_the_offset_of_that_moment(long seconds, int nanoseconds, int offset)
    {
        var path = FilePath.From(_temp.WriteFile("file", "x"));
        new SyntheticTree(_temp.Path).ModifiedAt("file", seconds, nanoseconds);
        var node = Read(path);
        Assert.Equal(new Timestamp(seconds, nanoseconds, offset), node.ModifiedAt);
        Assert.Equal(node.ModifiedAt, node.AccessedAt);
    }

    [Fact]
    public void Describes_a_file_as_restic_does()
    {
        var path = FilePath.From(_temp.WriteFile("file", "hello"));
        NodeWriter.Link(path, Root.Combine("second"));
        var node = Read(path);
        var status = FileSystem.Status(path, followLinks: false);
        Assert.Equal(("file", 5UL, 2UL), (System.Text.Encoding.UTF8.GetString(node.Name.Span), node.Size, node.Links));
        Assert.Equal((status.Inode, status.DeviceId, 0UL), (node.Inode, node.DeviceId, node.Device));
        Assert.Equal(Environment.UserName, node.User);
        Assert.Null(node.LinkTarget);
        Assert.Null(node.Content);
    }

    [Fact]
    public void Describes_directories_fifos_and_links_without_what_they_lack()
    {
        new SyntheticTree(_temp.Path).Directory("dir").Fifo("fifo").SymbolicLink("link", "caf\udce9");
        var (directory, fifo, link) = (Read(Root.Combine("dir")), Read(Root.Combine("fifo")), Read(Root.Combine("link")));
        Assert.Equal((NodeType.Directory, 0UL, 0UL), (directory.Type, directory.Size, directory.Links));
        Assert.Equal((NodeType.Fifo, 0UL, 0UL), (fifo.Type, fifo.Size, fifo.Links));
        Assert.Equal((NodeType.Symlink, 0UL, 1UL), (link.Type, link.Size, link.Links));
        Assert.Equal("caf"u8.ToArray().Append((byte)0xE9), link.LinkTarget!.Value.ToArray());
        Assert.Null(fifo.LinkTarget);
    }

    [Fact]
    public void Knows_names_of_owners_and_none_for_unknown_numbers()
    {
        var names = new OwnerNames();
        Assert.Equal("root", names.User(0));
        Assert.Equal("root", names.Group(0));
        Assert.Null(names.User(4_242_424));
        Assert.Null(names.Group(4_242_424));
    }

    [Fact]
    public void Keeps_extended_attributes_and_removes_those_that_do_not_belong()
    {
        RequireAttributes();
        var tree = new SyntheticTree(_temp.Path);
        var large = SyntheticTree.RandomBytes(1, 3000);
        tree.File("from", "x"u8).Attribute("from", "user.b", [0, 255, 10]).Attribute("from", "user.empty", []);
        tree.Attribute("from", "user.large", large);
        tree.File("to", "x"u8).Attribute("to", "user.extra", "x"u8).Attribute("to", "user.b", "old"u8);
        var node = Read(Root.Combine("from"));
        Assert.Equal(["user.b", "user.empty", "user.large"], node.ExtendedAttributes.Select(a => a.Name));
        Assert.Equal(large, node.ExtendedAttributes[2].Value.ToArray());

        Assert.True(new NodeWriter().Apply(Root.Combine("to"), node).IsComplete);

        var restored = Read(Root.Combine("to")).ExtendedAttributes;
        Assert.Equal(["user.b", "user.empty", "user.large"], restored.Select(a => a.Name).Order());
        Assert.Equal([0, 255, 10], restored.Single(a => a.Name == "user.b").Value.ToArray());
    }

    [Fact]
    public void Gives_a_restored_tree_the_metadata_it_had()
    {
        var tree = SyntheticTree.Awkward(_temp.CreateDirectory("from"));
        var (from, to) = (FilePath.From(tree.Root), FilePath.From(_temp.CreateDirectory("to")));
        RestoreMetadata(from, to);
        Assert.NotEmpty(DirectoryListing.Read(to));
        AssertSame(from, to);
    }

    [Fact]
    public void Restores_owners_and_setuid_as_root()
    {
        RealComponent.RequireRoot("change owners");
        var path = FilePath.From(_temp.WriteFile("file", "x"));
        var node = Read(path) with { Uid = 4242, Gid = 4343, Mode = NodeMode.FromStat(0x8DED) };
        Assert.True(new NodeWriter().Apply(path, node).IsComplete);
        var status = FileSystem.Status(path, followLinks: false);
        Assert.Equal((4242u, 4343u, 0xDEDu), (status.Uid, status.Gid, status.Mode & 0xFFF));
    }

    [Fact]
    public void Makes_devices_as_root()
    {
        RealComponent.RequireRoot("make devices");
        var status = FileSystem.Status(FilePath.From("/dev/null"), followLinks: true);
        var node = _reader.Read(FilePath.From("/dev/null"), status);
        Assert.Equal((NodeType.CharacterDevice, 0x103UL, 1UL), (node.Type, node.Device, node.Links));
        var wide = node with { Type = NodeType.BlockDevice, Device = DeviceNumber.Make(259, 70000) };
        NodeWriter.Create(Root.Combine("wide"), wide);
        NodeWriter.Create(Root.Combine("null"), node);
        new NodeWriter().Apply(Root.Combine("null"), node);
        Assert.Equal(wide.Device, Read(Root.Combine("wide")).Device);
        var made = Read(Root.Combine("null"));
        Assert.Equal((node.Type, node.Device, node.Mode), (made.Type, made.Device, made.Mode));
    }

    [Fact]
    public void Counts_an_owner_it_may_not_set_and_does_the_rest()
    {
        var home = OrdinaryUser.CreateHome(_temp);
        OrdinaryUser.Run(() =>
        {
            var path = home.Combine("file");
            AtomicFile.Write(path, "x"u8);
            var node = Read(path) with { Uid = 0, Gid = 0, Mode = 0x100, ModifiedAt = new Timestamp(1000, 5, 0) };
            var result = new NodeWriter(isRoot: false).Apply(path, node);
            Assert.True(result.OwnerNotPermitted);
            Assert.False(result.IsComplete);
            var restored = Read(path);
            Assert.Equal((0x100u, 1000L, 5), (restored.Mode, restored.ModifiedAt.UnixSeconds, restored.ModifiedAt.Nanoseconds));
            Assert.Throws<HoldfastException>(() => new NodeWriter(isRoot: true).Apply(path, node));
        });
    }

    [Fact]
    public void Counts_attributes_it_may_not_set()
    {
        // User attributes are refused on a fifo, whoever asks.
        var tree = new SyntheticTree(_temp.Path).Fifo("fifo");
        var path = FilePath.From(tree.Root).Combine("fifo");
        var node = Read(path) with { ExtendedAttributes = [new ExtendedAttribute("user.x", "v"u8.ToArray())] };
        Assert.Equal(["user.x"], new NodeWriter(isRoot: false).Apply(path, node).AttributesNotPermitted);
        Assert.Throws<HoldfastException>(() => new NodeWriter(isRoot: true).Apply(path, node));
        var unknown = node with { ExtendedAttributes = [new ExtendedAttribute("nonsense.x", "v"u8.ToArray())] };
        Assert.Equal(["nonsense.x"], new NodeWriter(isRoot: true).Apply(path, unknown).AttributesNotSupported);
    }

    [Fact]
    public void Never_changes_what_a_link_leads_to()
    {
        var target = FilePath.From(_temp.WriteFile("target", "x"));
        var before = FileSystem.Status(target, followLinks: false);
        new SyntheticTree(_temp.Path).SymbolicLink("link", "target");
        var node = Read(Root.Combine("link")) with { ModifiedAt = new Timestamp(5, 6, 0) };
        new NodeWriter().Apply(Root.Combine("link"), node);
        var disguised = node with { Type = NodeType.File, Mode = 0x1FF };
        Assert.Throws<HoldfastException>(() => new NodeWriter().Apply(Root.Combine("link"), disguised));
        Assert.Equal(before, FileSystem.Status(target, followLinks: false));
        Assert.Equal(new FileTime(5, 6), FileSystem.Status(Root.Combine("link"), followLinks: false).ModifiedAt);
    }

    private Node Read(FilePath path) => _reader.Read(path, FileSystem.Status(path, followLinks: false));

    private void RequireAttributes()
    {
        if (!new SyntheticTree(_temp.Path).SupportsAttributes())
            RealComponent.Missing("the temporary directory keeps no extended attributes");
    }

    private void RestoreMetadata(FilePath from, FilePath to)
    {
        foreach (var entry in DirectoryListing.Read(from))
        {
            var (source, target) = (from.Combine(entry.Name), to.Combine(entry.Name));
            var node = Read(source);
            if (node.Type == NodeType.Directory)
            {
                Assert.True(FileSystem.TryCreateDirectory(target, 0x1C0));
                RestoreMetadata(source, target);
            }
            else if (node.Type == NodeType.File)
            {
                using var writer = SparseFileWriter.Create(target);
                writer.SetSize((long)node.Size);
            }
            else
            {
                NodeWriter.Create(target, node);
            }

            Assert.True(new NodeWriter().Apply(target, node).IsComplete);
        }
    }

    private void AssertSame(FilePath from, FilePath to)
    {
        var entries = DirectoryListing.Read(from);
        Assert.Equal(entries, DirectoryListing.Read(to), (a, b) => a.Name.AsSpan().SequenceEqual(b.Name));
        foreach (var entry in entries)
        {
            var (a, b) = (Read(from.Combine(entry.Name)), Read(to.Combine(entry.Name)));
            Assert.Equal(Essence(a), Essence(b));
            Assert.Equal(a.ExtendedAttributes.Select(Text).Order(), b.ExtendedAttributes.Select(Text).Order());
            if (a.Type == NodeType.Directory) AssertSame(from.Combine(entry.Name), to.Combine(entry.Name));
        }
    }

    private static object Essence(Node node) =>
        (node.Type, node.Mode, node.ModifiedAt, node.Uid, node.Gid, node.Size, Convert.ToHexString((node.LinkTarget ?? default).Span));

    private static string Text(ExtendedAttribute attribute) => attribute.Name + Convert.ToHexString(attribute.Value.Span);
}
