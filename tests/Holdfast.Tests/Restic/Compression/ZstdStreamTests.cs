using FsCheck.Fluent;
using Holdfast.Restic.Compression;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Restic.Compression;

/// <summary>zstd as streams.</summary>
public sealed class ZstdStreamTests
{
    [Fact]
    public void What_was_compressed_comes_back_whatever_it_was_and_however_it_was_written() => Property.Check(
        Property.Byte.ArrayOf().Zip(Gen.Choose(1, 300_000)), 60, given =>
        {
            var content = Enumerable.Repeat(given.Item1, 1 + (200_000 / (given.Item1.Length + 1))).SelectMany(part => part).ToArray();
            return Decompress(Compress(content, given.Item2)).AsSpan().SequenceEqual(content);
        });

    [Fact]
    public void Frames_one_after_the_other_are_one_content() =>
        Assert.Equal("one two"u8, Decompress([.. Compress("one "u8.ToArray(), 10), .. Compress("two"u8.ToArray(), 10)]));

    [Fact]
    public void Every_truncation_is_damage()
    {
        var whole = Compress(Random(50_000), 4096);
        foreach (var length in new[] { 1, 5, 100, whole.Length / 2, whole.Length - 5, whole.Length - 1 })
            Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => Decompress(whole[..length])).Kind);
    }

    [Fact]
    public void A_flipped_bit_of_the_content_is_found_by_the_checksum()
    {
        var damaged = Compress(Random(50_000), 4096);
        damaged[25_000] ^= 1;

        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => Decompress(damaged)).Kind);
    }

    [Fact]
    public void A_frame_that_asks_for_a_window_of_gigabytes_is_refused()
    {
        // Magic number, no single segment, no size, window descriptor of 2 GiB (RFC 8878 section 3.1.1.1.2), an empty last block.
        byte[] hostile = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];

        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => Decompress(hostile)).Kind);
    }

    private static byte[] Random(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        return content;
    }

    private static byte[] Compress(byte[] content, int step)
    {
        var compressed = new MemoryStream();
        using var stream = new ZstdCompressingStream(compressed);
        for (var at = 0; at < content.Length; at += step) stream.Write(content, at, Math.Min(step, content.Length - at));
        stream.Complete();
        return compressed.ToArray();
    }

    private static byte[] Decompress(byte[] compressed)
    {
        using var stream = new ZstdDecompressingStream(new MemoryStream(compressed));
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
