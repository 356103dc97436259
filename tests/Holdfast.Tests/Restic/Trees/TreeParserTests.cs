using System.Text;
using FsCheck.Fluent;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Restic.Trees;

public sealed class TreeParserTests
{
    [Fact]
    public void Reads_every_field_of_a_file()
    {
        var node = Parse(SampleNodes.Tree(SampleNodes.All[1]))[0];
        Assert.Equal("hello.txt"u8, node.Name.Span);
        Assert.Equal(NodeType.File, node.Type);
        Assert.Equal(420u, node.Mode);
        Assert.Equal(new Timestamp(1_600_000_000, 100_000_000, 120), node.ModifiedAt);
        Assert.Equal("root", node.User);
        Assert.Equal(11_665_908ul, node.Inode);
        Assert.Equal(65_024ul, node.DeviceId);
        Assert.Equal(13ul, node.Size);
        Assert.Equal(2ul, node.Links);
        Assert.Equal([98, 97, 114, 60, 255, 62], node.ExtendedAttributes[0].Value.ToArray());
        Assert.Equal("user.empty", node.ExtendedAttributes[1].Name);
        Assert.Equal([Id.Of("hello restic\n"u8)], node.Content!);
        Assert.Null(node.Subtree);
    }

    [Theory]
    [InlineData("""{"nodes":null}""", 0)]
    [InlineData("""{"future":{"a":[1,{}]},"nodes":[],"more":null}""", 0)]
    [InlineData("""{"nodes":[{"name":"a","type":"file","unknown":[[1]],"content":null,"subtree":null,"extended_attributes":null}]}""", 1)]
    [InlineData("""{ "nodes" : [ {"type":"dir","name":"b"}, {"name":"a","type":"irregular"} ] } """, 2)]
    public void Tolerates_what_restic_tolerates(string json, int count) => Assert.Equal(count, Parse(json).Count);

    [Fact]
    public void An_absent_list_is_not_an_empty_one()
    {
        var nodes = Parse("""{"nodes":[{"name":"a","type":"file","content":[]},{"name":"b","type":"file"}]}""");
        Assert.Empty(nodes[0].Content!);
        Assert.Null(nodes[1].Content);
    }

    [Fact]
    public void Numbers_use_all_64_bits()
    {
        var node = Parse("""{"nodes":[{"name":"a","type":"file","device_id":18446744073709551615}]}""")[0];
        Assert.Equal(ulong.MaxValue, node.DeviceId);
    }

    [Fact]
    public void The_raw_link_target_overrides_the_readable_one()
    {
        var node = Parse("""{"nodes":[{"name":"a","type":"symlink","linktarget":"a\ufffd","linktarget_raw":"Yf8="}]}""")[0];
        Assert.Equal([(byte)'a', 0xFF], node.LinkTarget!.Value.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"nodes":{}}""")]
    [InlineData("""{"nodes":[null]}""")]
    [InlineData("""{"nodes":[{"type":"file"}]}""")]
    [InlineData("""{"nodes":[{"name":"a"}]}""")]
    [InlineData("""{"nodes":[]}{}""")]
    [InlineData("""{"nodes":[""")]
    [InlineData("""{"nodes":[{"name":"a\\q","type":"file"}]}""")]
    [InlineData("""{"nodes":[{"name":"\ud800","type":"file"}]}""")]
    [InlineData("""{"nodes":[{"name":1,"type":"file"}]}""")]
    [InlineData("""{"nodes":[{"name":null,"type":"file"}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","size":-1}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","size":1.5}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","size":18446744073709551616}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","uid":4294967296}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","mtime":"yesterday"}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","content":["abc"]}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","content":[null]}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"file","extended_attributes":[{"name":"u","value":"*"}]}]}""")]
    [InlineData("""{"nodes":[{"name":"a","type":"symlink","linktarget_raw":7}]}""")]
    public void Anything_else_is_damaged(string json) =>
        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => Parse(json)).Kind);

    [Fact]
    public void Names_that_are_not_utf8_in_the_document_are_damaged()
    {
        var json = Encoding.Latin1.GetBytes("{\"nodes\":[{\"name\":\"\u00ff\",\"type\":\"file\"}]}");
        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => TreeParser.Parse(json)).Kind);
    }

    [Fact]
    public void Deep_nesting_does_not_overflow()
    {
        var json = "{\"x\":" + new string('[', 100_000);
        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => Parse(json)).Kind);
    }

    [Fact]
    public void Broken_trees_never_throw_anything_else()
    {
        var tree = Encoding.UTF8.GetBytes(SampleNodes.Tree(SampleNodes.All[1], SampleNodes.All[2]));
        Property.Check(
            from position in FsCheck.Fluent.Gen.Choose(0, tree.Length - 1) from value in Property.Byte select (position, value),
            1000,
            change => ParsesOrIsDamaged(tree, change.position, change.value));
    }

    private static bool ParsesOrIsDamaged(byte[] tree, int position, byte value)
    {
        var broken = tree.ToArray();
        broken[position] = value;
        try
        {
            return TreeParser.Parse(broken) is not null;
        }
        catch (HoldfastException e)
        {
            return e.Kind == FailureKind.Damaged;
        }
    }

    private static IReadOnlyList<Node> Parse(string json) => TreeParser.Parse(Encoding.UTF8.GetBytes(json));
}
