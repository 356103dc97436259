namespace Holdfast.Restic.Compression;

/// <summary>
/// Compresses and decompresses single frames with reused contexts (section 3.5): no checksum, content size present on write, not relied
/// upon on read. Not thread-safe: one for each worker.
/// </summary>
internal sealed unsafe class Zstd : IDisposable
{
    private readonly ZstdContext _compression = ZstdContext.ForCompression();
    private readonly ZstdContext _decompression = ZstdContext.ForDecompression();

    /// <summary>The capacity that compressing this many bytes can need.</summary>
    internal static int Bound(int length) => checked((int)LibZstd.CompressBound((nuint)length));

    /// <summary>Returns the compressed length. The destination must have <see cref="Bound"/> bytes.</summary>
    internal int Compress(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        fixed (byte* sourcePointer = source, destinationPointer = destination)
        {
            var written = LibZstd.Compress(
                _compression.Pointer, destinationPointer, (nuint)destination.Length, sourcePointer, (nuint)source.Length, level);
            if (LibZstd.IsError(written) != 0) throw new InvalidOperationException("libzstd failed to compress");
            return (int)written;
        }
    }

    /// <summary>Returns the decompressed length, or null when the source is no valid stream or does not fit the destination.</summary>
    internal int? TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* sourcePointer = source, destinationPointer = destination)
        {
            var written = LibZstd.Decompress(
                _decompression.Pointer, destinationPointer, (nuint)destination.Length, sourcePointer, (nuint)source.Length);
            return LibZstd.IsError(written) != 0 ? null : (int)written;
        }
    }

    /// <summary>
    /// Decompresses where the length is not known beforehand (documents), growing up to <paramref name="limit"/> bytes; null as above or
    /// beyond the limit.
    /// </summary>
    internal byte[]? TryDecompress(ReadOnlySpan<byte> source, int limit)
    {
        for (long capacity = Math.Max(4096, FirstGuess(source)); ; capacity *= 4)
        {
            var buffer = new byte[Math.Min(capacity, limit)];
            if (TryDecompress(source, buffer.AsSpan()) is { } length) return buffer.AsSpan(0, length).ToArray();
            if (buffer.Length == limit || capacity > source.Length * 65536L) return null;
        }
    }

    public void Dispose()
    {
        _compression.Dispose();
        _decompression.Dispose();
    }

    private static long FirstGuess(ReadOnlySpan<byte> source)
    {
        fixed (byte* pointer = source)
        {
            // Two values at the top of the range mean "unknown" and "error".
            var size = LibZstd.FrameContentSize(pointer, (nuint)source.Length);
            return size < int.MaxValue ? (long)size : source.Length * 4L;
        }
    }
}
