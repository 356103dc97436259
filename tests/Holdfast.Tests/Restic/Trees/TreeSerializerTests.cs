using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Restic.Trees;

public sealed class TreeSerializerTests
{
    private static readonly Gen<Id> Ids = Property.Byte.ArrayOf(Id.Size).Select(bytes => new Id(bytes));

    private static readonly Gen<ulong> Numbers = Gen.Elements(0UL, 1UL, 65_024UL, 1UL << 63, ulong.MaxValue);

    private static readonly Gen<Node> Nodes =
        from name in Property.AwkwardBytes.Where(bytes => bytes.Length > 0)
        from type in Gen.Elements(Enum.GetValues<NodeType>().Except([NodeType.Unknown]).ToArray())
        from seconds in Gen.Choose(int.MinValue, int.MaxValue)
        from nanoseconds in Gen.Choose(0, 999_999_999)
        from offset in Gen.Choose(-720, 840)
        from numbers in Numbers.ArrayOf(6)
        from target in Property.AwkwardBytes
        from attributes in Property.AwkwardBytes.ListOf()
        from ids in Ids.ListOf()
        let time = new Timestamp(seconds, nanoseconds, offset)
        select new Node
        {
            Name = name,
            Type = type,
            Mode = (uint)numbers[0],
            ModifiedAt = time,
            AccessedAt = time with { OffsetMinutes = 0 },
            ChangedAt = time with { Nanoseconds = 0 },
            Uid = (uint)numbers[1],
            Gid = (uint)numbers[2],
            User = numbers[1] == 0 ? null : "us<er",
            Inode = numbers[3],
            DeviceId = numbers[4],
            Size = numbers[5],
            Links = numbers[0],
            Device = numbers[1],
            LinkTarget = type == NodeType.Symlink && target.Length > 0 ? new ReadOnlyMemory<byte>(target) : null,
            ExtendedAttributes = [.. attributes.Select((value, i) => new ExtendedAttribute($"user.é{i}\n", value))],
            Content = type == NodeType.File ? ids.ToArray() : null,
            Subtree = type == NodeType.Directory ? Id.Of(name) : null,
        };

    private static readonly Gen<Node[]> Trees = Nodes.ListOf().Select(nodes => nodes
        .DistinctBy(node => Convert.ToHexString(node.Name.Span))
        .Order(Comparer<Node>.Create((a, b) => NodeName.Compare(a.Name.Span, b.Name.Span)))
        .ToArray());

    [Fact]
    public void The_empty_tree_has_its_known_id()
    {
        var tree = TreeSerializer.Serialize([]);
        Assert.Equal("{\"nodes\":[]}\n"u8, tree);
        Assert.Equal("ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8", Id.Of(tree).ToString());
    }

    [Fact]
    public void Nodes_of_restic_are_reproduced_byte_for_byte()
    {
        foreach (var node in SampleNodes.All)
        {
            var tree = SampleNodes.Tree(node);
            Assert.Equal(tree, Encoding.UTF8.GetString(TreeSerializer.Serialize(TreeParser.Parse(Encoding.UTF8.GetBytes(tree)))));
        }
    }

    [Fact]
    public void A_node_built_from_scratch_is_written_as_restic_does()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var node = new Node
        {
            Name = "hello.txt"u8.ToArray(),
            Type = NodeType.File,
            Mode = NodeMode.FromStat(0x81A4),
            ModifiedAt = Timestamp.FromUnix(1_600_000_000, 100_000_000, berlin),
            AccessedAt = Timestamp.FromUnix(1_600_000_000, 100_000_000, berlin),
            ChangedAt = Timestamp.FromUnix(1_795_150_310, 774_556_107, berlin),
            User = "root",
            Group = "root",
            Inode = 11_665_908,
            DeviceId = 65_024,
            Size = 13,
            Links = 2,
            ExtendedAttributes = [new("user.foo", new byte[] { 98, 97, 114, 60, 255, 62 }), new("user.empty", default)],
            Content = [Id.Of("hello restic\n"u8)],
        };
        Assert.Equal(SampleNodes.Tree(SampleNodes.All[1]), Encoding.UTF8.GetString(TreeSerializer.Serialize([node])));
    }

    [Fact]
    public void The_test_vector_tree_keeps_its_id()
    {
        const string Tree = """{"nodes":[{"name":"docs","type":"dir","mode":2147484141,"mtime":"2026-11-20T05:13:10.003087317Z","atime":"2026-11-20T05:13:10.003087317Z","ctime":"2026-11-20T05:13:10.003087317Z","uid":0,"gid":0,"user":"root","group":"root","inode":15564802,"device_id":65024,"content":null,"subtree":"ab9be32a436a7234b7b02bb6e7f2a437008eb64afc70265950f2107a8ab38286"}]}""";
        var tree = TreeSerializer.Serialize(TreeParser.Parse(Encoding.UTF8.GetBytes(Tree)));
        Assert.Equal("39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3", Id.Of(tree).ToString());
    }

    [Fact]
    public void Link_targets_that_are_not_utf8_are_written_raw_too()
    {
        var node = Minimal("l"u8, NodeType.Symlink) with { LinkTarget = new byte[] { (byte)'a', 0xFF } };
        var text = Encoding.UTF8.GetString(TreeSerializer.Serialize([node]));
        Assert.Contains("\"linktarget\":\"a\\ufffd\",\"linktarget_raw\":\"Yf8=\",\"content\":null", text, StringComparison.Ordinal);
        Assert.Equal([(byte)'a', 0xFF], TreeParser.Parse(Encoding.UTF8.GetBytes(text))[0].LinkTarget!.Value.ToArray());
    }

    [Fact]
    public void Windows_attributes_are_kept_as_they_were()
    {
        const string Attributes = """{"windows.creation_time":{"LowDateTime":1,"HighDateTime":2},"windows.file_attributes":32}""";
        var node = Minimal("w"u8, NodeType.File) with { GenericAttributes = Attributes, Content = [] };
        var tree = TreeSerializer.Serialize([node]);
        Assert.Contains($",\"generic_attributes\":{Attributes},\"content\":[]", Encoding.UTF8.GetString(tree), StringComparison.Ordinal);
        Assert.Equal(Attributes, TreeParser.Parse(tree)[0].GenericAttributes);
    }

    [Fact]
    public void Disorder_and_duplicates_are_refused()
    {
        var a = Minimal("a"u8, NodeType.Fifo);
        var b = Minimal("b"u8, NodeType.Fifo);
        Assert.Throws<InvalidOperationException>(() => TreeSerializer.Serialize([b, a]));
        Assert.Throws<InvalidOperationException>(() => TreeSerializer.Serialize([a, a]));
        Assert.Throws<InvalidOperationException>(() => TreeSerializer.Serialize([Minimal(""u8, NodeType.Fifo)]));
        Assert.Throws<InvalidOperationException>(() => TreeSerializer.Serialize([Minimal("x"u8, NodeType.Unknown)]));
    }

    [Fact]
    public void Order_is_that_of_bytes_not_of_utf16()
    {
        // In UTF-16 the emoji (a surrogate pair) sorts before U+FFFD; in bytes after it.
        var tree = TreeSerializer.Serialize([Minimal("\ufffd"u8, NodeType.Fifo), Minimal("😀"u8, NodeType.Fifo)]);
        Assert.Equal(2, TreeParser.Parse(tree).Count);
    }

    [Fact]
    public void Any_tree_survives_writing_and_reading() => Property.Check(Trees, 300, nodes =>
    {
        var tree = TreeSerializer.Serialize(nodes);
        var read = TreeParser.Parse(tree);
        return TreeSerializer.Serialize(read).AsSpan().SequenceEqual(tree) && nodes.Zip(read).All(pair => Same(pair.First, pair.Second));
    });

    private static bool Same(Node one, Node other) =>
        one.Name.Span.SequenceEqual(other.Name.Span)
        && (one.LinkTarget ?? default).Span.SequenceEqual((other.LinkTarget ?? default).Span)
        && (one.Content ?? []).SequenceEqual(other.Content ?? [])
        && one.ExtendedAttributes.Zip(other.ExtendedAttributes).All(pair => pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span))
        && one.ExtendedAttributes.Select(a => a.Name).SequenceEqual(other.ExtendedAttributes.Select(a => a.Name))
        && Plain(one) == Plain(other);

    private static Node Plain(Node node) => node with { Name = default, LinkTarget = null, Content = null, ExtendedAttributes = [] };

    private static Node Minimal(ReadOnlySpan<byte> name, NodeType type) => new() { Name = name.ToArray(), Type = type };
}
