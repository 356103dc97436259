using System.Text;
using FsCheck.Fluent;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Tests.Restic.Packs;
using Xunit;

namespace Holdfast.Tests.Restic.Indexes;

public sealed class IndexDocumentTests
{
    private const string A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string Blob = "{\"id\":\"" + B + "\",\"type\":\"data\",\"offset\":7,\"length\":50}";

    [Fact]
    public void What_is_written_is_read_again() => Property.Check(PackHeaderTests.Blobs.ListOf(), lists =>
    {
        var packs = lists.Select((blobs, i) => new IndexedPack(Id.Of(BitConverter.GetBytes(i)), blobs)).ToList();
        var parsed = IndexDocument.Parse(IndexDocument.Serialize(packs).Span, mayBeCompressed: true);
        return parsed.Count == packs.Count && parsed.Zip(packs).All(pair => pair.First.Id == pair.Second.Id && pair.First.Blobs.SequenceEqual(pair.Second.Blobs));
    });

    [Fact]
    public void It_is_written_as_the_format_shows_it() => Assert.Equal(
        $$"""{"packs":[{"id":"{{A}}","blobs":[{"id":"{{B}}","type":"tree","offset":7,"length":50,"uncompressed_length":90},{"id":"{{A}}","type":"data","offset":57,"length":40}]}]}""" + "\n",
        Encoding.UTF8.GetString(IndexDocument.Serialize(
        [
            new IndexedPack(Id.Parse(A), [new(new(BlobType.Tree, Id.Parse(B)), 7, 50, 90), new(new(BlobType.Data, Id.Parse(A)), 57, 40, 0)]),
        ]).Span));

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("{\"packs\":null}", 0)]
    [InlineData("{\"packs\":[]}\n", 0)]
    [InlineData("{\"supersedes\":[\"" + A + "\"],\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[" + Blob + "]}]}", 1)]
    [InlineData("{\"packs_to_delete\":[{\"id\":\"" + A + "\"}],\"packs\":[{\"time\":\"x\",\"size\":1,\"blobs\":[" + Blob + "],\"id\":\"" + A + "\"}]}", 1)]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":null}]}", 1)]
    public void What_other_programs_write_is_read(string json, int packs) => Assert.Equal(packs, Parse(json).Count);

    [Fact]
    public void Blobs_are_put_in_the_order_of_the_pack()
    {
        var blobs = Parse($$"""{"packs":[{"id":"{{A}}","blobs":[{{Blob}},{{Blob.Replace(":7,", ":3,", StringComparison.Ordinal)}}]}]}""")[0].Blobs;
        Assert.Equal([3u, 7u], blobs.Select(blob => blob.Offset));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\"")]
    [InlineData("{\"packs\":{}}")]
    [InlineData("{\"packs\":[1]}")]
    [InlineData("{\"packs\":[1,{\"id\":\"" + A + "\",\"blobs\":[]}]}")]
    [InlineData("{\"packs\":[{\"blobs\":[]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"short\",\"blobs\":[]}]}")]
    [InlineData("{\"packs\":[{\"id\":7,\"blobs\":[]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":{}}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[null]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{}]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{\"id\":\"" + B + "\",\"type\":\"odd\",\"offset\":0,\"length\":50}]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{\"id\":\"" + B + "\",\"type\":1,\"offset\":0,\"length\":50}]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{\"id\":\"" + B + "\",\"type\":\"data\",\"offset\":-1,\"length\":50}]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{\"id\":\"" + B + "\",\"type\":\"data\",\"offset\":4294967296,\"length\":50}]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{\"id\":\"" + B + "\",\"type\":\"data\",\"offset\":0,\"length\":31}]}]}")]
    [InlineData("{\"packs\":[{\"id\":\"" + A + "\",\"blobs\":[{\"id\":\"" + B + "\",\"type\":\"data\",\"offset\":0,\"length\":\"50\"}]}]}")]
    [InlineData("{\"packs\":[]} and more")]
    public void What_is_no_index_is_damaged(string json) => Failing.Throws(FailureKind.Damaged, () => Parse(json));

    [Fact]
    public void Arbitrary_bytes_are_an_index_or_damaged() => Property.Check(Property.AwkwardBytes, 500, bytes =>
    {
        try
        {
            return IndexDocument.Parse([.. "{\"packs\":["u8, .. bytes, .. "]}"u8], mayBeCompressed: true) is not null;
        }
        catch (HoldfastException error)
        {
            return error.Kind == FailureKind.Damaged;
        }
    });

    [Fact]
    public void Version_1_has_no_compressed_blobs()
    {
        var json = Encoding.UTF8.GetBytes($$"""{"packs":[{"id":"{{A}}","blobs":[{{Blob[..^1]}},"uncompressed_length":90}]}]}""");
        Assert.Single(IndexDocument.Parse(json, mayBeCompressed: true));
        Failing.Throws(FailureKind.Damaged, () => IndexDocument.Parse(json, mayBeCompressed: false));
    }

    private static List<IndexedPack> Parse(string json) => IndexDocument.Parse(Encoding.UTF8.GetBytes(json), mayBeCompressed: true);
}
