using System.Runtime.InteropServices;
using FsCheck.Fluent;
using Holdfast.Restic.Compression;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Compression;

public sealed partial class ZstdTests : IDisposable
{
    private const int ContentSizeFlag = 200;
    private const int ChecksumFlag = 201;

    private readonly Zstd _zstd = new();

    public void Dispose() => _zstd.Dispose();

    [Fact]
    public void Everything_that_is_compressed_comes_back() => Property.Check(Property.Byte.ListOf(), bytes =>
    {
        var compressed = Compress([.. bytes]);
        return _zstd.TryDecompress(compressed, limit: 1 << 20)!.SequenceEqual(bytes)
            && _zstd.TryDecompress(compressed, new byte[bytes.Count].AsSpan()) == bytes.Count;
    });

    [Fact]
    public void A_frame_says_its_size_and_has_no_checksum()
    {
        var compressed = Compress(new byte[1000]);
        // RFC 8878: the descriptor's top three bits say how the size is written, bit 2 that a checksum follows.
        Assert.NotEqual(0, compressed[4] & 0xE0);
        Assert.Equal(0, compressed[4] & 4);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Frames_without_a_size_and_with_a_checksum_are_read(bool withSize, bool withChecksum)
    {
        var content = SyntheticTree.RandomBytes(1, 40_000);
        Array.Clear(content, 100, 30_000);
        var frame = Compress(content, withSize, withChecksum);
        Assert.Equal((withSize, withChecksum), ((frame[4] & 0xE0) != 0, (frame[4] & 4) != 0));

        Assert.Equal(content, _zstd.TryDecompress(frame, limit: 1 << 20));
        var exact = new byte[content.Length];
        Assert.Equal(content.Length, _zstd.TryDecompress(frame, exact.AsSpan()));
        Assert.Equal(content, exact);
        if (!withChecksum) return;
        frame[^1] ^= 1;
        Assert.Null(_zstd.TryDecompress(frame, limit: 1 << 20));
    }

    [Fact]
    public void Several_frames_and_skippable_ones_are_read_as_one_stream()
    {
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] stream = [.. skippable, .. Compress("first,"u8.ToArray()), .. skippable, .. Compress(new byte[100_000])];

        var content = _zstd.TryDecompress(stream, limit: 1 << 20)!;

        Assert.Equal([.. "first,"u8, .. new byte[100_000]], content);
    }

    [Fact]
    public void What_does_not_fit_is_torn_or_is_no_frame_is_refused()
    {
        var compressed = Compress(SyntheticTree.RandomBytes(1, 1000));

        Assert.Null(_zstd.TryDecompress(compressed, new byte[999].AsSpan()));
        Assert.Null(_zstd.TryDecompress(compressed, limit: 999));
        Assert.Null(_zstd.TryDecompress(compressed.AsSpan(0, compressed.Length - 1), limit: 1 << 20));
        Assert.Null(_zstd.TryDecompress("no frame"u8, limit: 1 << 20));
        // Ten megabytes of zeros in a few hundred bytes, without saying so.
        Assert.Null(_zstd.TryDecompress(Compress(new byte[10 << 20], withSize: false, withChecksum: false), limit: 1 << 20));
        Assert.NotNull(_zstd.TryDecompress(compressed, limit: 1 << 20));
    }

    private byte[] Compress(byte[] content)
    {
        var buffer = new byte[Zstd.Bound(content.Length)];
        return buffer[.._zstd.Compress(content, buffer, level: 3)];
    }

    private static byte[] Compress(byte[] content, bool withSize, bool withChecksum)
    {
        var context = CreateContext();
        try
        {
            SetParameter(context, ContentSizeFlag, withSize ? 1 : 0);
            SetParameter(context, ChecksumFlag, withChecksum ? 1 : 0);
            var buffer = new byte[content.Length + 1000];
            return buffer[..(int)Compress2(context, buffer, buffer.Length, content, content.Length)];
        }
        finally
        {
            FreeContext(context);
        }
    }

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateContext();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_freeCCtx")]
    private static partial nint FreeContext(nint context);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nint SetParameter(nint context, int parameter, int value);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compress2")]
    private static partial nint Compress2(nint context, byte[] destination, nint capacity, byte[] source, nint length);
}
