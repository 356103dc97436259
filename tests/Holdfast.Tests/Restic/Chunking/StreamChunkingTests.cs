using Holdfast.Restic.Chunking;
using Xunit;

namespace Holdfast.Tests.Restic.Chunking;

public sealed class StreamChunkingTests
{
    private static readonly RabinTables Tables = new(new Polynomial(0x3DA3358B4DC173));

    [Theory]
    [InlineData(0, null, 16)]
    [InlineData(1L << 31, null, 16)]
    [InlineData((1L << 31) + 1, null, 32)]
    [InlineData(1L << 40, null, 1024)]
    [InlineData(0, 16 * 1024, 16)]
    [InlineData(0, 64 * 1024, 64)]
    [InlineData(0, 128 * 1024, 16)]
    [InlineData(1L << 33, 16 * 1024, 16)]
    [InlineData((1L << 33) + 1, 16 * 1024, 128)]
    [InlineData(0, 20 * 1024, 16)]
    [InlineData(0, 8 * 1024, 16)]
    public void The_size_grows_with_the_stream_and_stays_while_it_may(long size, int? previous, int kibibytes) =>
        Assert.Equal(kibibytes * 1024, StreamChunking.Average(size, previous));

    [Fact]
    public void Chunks_keep_their_bounds_and_come_back_after_an_insertion()
    {
        var data = new byte[4 << 20];
        new Random(7).NextBytes(data);
        byte[] changed = [.. data.AsSpan(0, 1 << 20), 1, 2, 3, .. data.AsSpan(1 << 20)];

        var before = Cut(data);
        var after = Cut(changed);

        Assert.All(before.SkipLast(1), chunk => Assert.InRange(chunk.Length, (StreamChunking.SmallestAverage / 4) + 1, StreamChunking.Longest(StreamChunking.SmallestAverage)));
        Assert.InRange(data.Length / before.Count, 16 * 1024, 24 * 1024);
        Assert.InRange(after.Select(Convert.ToHexString).Except(before.Select(Convert.ToHexString)).Count(), 1, 3);
    }

    private static List<byte[]> Cut(byte[] data)
    {
        var chunker = StreamChunking.Chunker(Tables, StreamChunking.SmallestAverage);
        var chunks = new List<byte[]>();
        for (var at = 0; at < data.Length; at += chunks[^1].Length) chunks.Add(data[at..(at + chunker.NextCut(data.AsSpan(at)))]);
        return chunks;
    }
}
