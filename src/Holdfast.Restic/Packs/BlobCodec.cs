using System.Buffers;
using Holdfast.Restic.Compression;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Packs;

/// <summary>
/// Turns plaintext blobs into stored containers and back: compression, then sealing. Holds native contexts that are reused, and memory that is lent.
/// Not thread-safe: rent one from <see cref="BlobCodecPool"/> for each piece of work.
/// </summary>
internal sealed class BlobCodec(MasterKey key, ArrayPool<byte> buffers) : IDisposable
{
    // Chunks of 16 KiB give compression little to look back at: level 3 is what keeps a database within 1.2 times the size that restic's large chunks have,
    // and costs a tenth of the time of a first backup more than level 1 (bench/RESULTS.md).
    private const int CompressionLevel = 3;

    private readonly Sealer _sealer = new(key);
    private readonly Zstd _zstd = new();
    private byte[] _container = [];
    private byte[] _opened = [];
    private byte[] _decompressed = [];

    /// <summary>
    /// Seals a blob, compressed where the repository's version allows and it makes it smaller; trees always. The result lives until the next call.
    /// </summary>
    /// <returns>The container, and the plaintext length if it was compressed, else 0.</returns>
    internal (ReadOnlyMemory<byte> Container, uint UncompressedLength) Encode(BlobType type, ReadOnlySpan<byte> plaintext, bool compress)
    {
        if (compress && !plaintext.IsEmpty)
        {
            // Into its place in the container, where it is encrypted.
            Grow(ref _container, Zstd.Bound(plaintext.Length) + Sealer.Overhead);
            var length = _zstd.Compress(plaintext, _container.AsSpan(Sealer.Prefix), CompressionLevel);
            if (type == BlobType.Tree || length < plaintext.Length) return (SealInPlace(length), (uint)plaintext.Length);
        }

        return (Seal(plaintext), 0);
    }

    /// <summary>
    /// As <see cref="Encode"/>; a faulty library or memory cell must not write what cannot be read back, so the container is opened before it
    /// is kept.
    /// </summary>
    /// <exception cref="HoldfastException">Failed: it is not what it was made of.</exception>
    internal (ReadOnlyMemory<byte> Container, uint UncompressedLength) EncodeVerified(BlobHandle handle, ReadOnlySpan<byte> plaintext, bool compress)
    {
        var (container, uncompressedLength) = Encode(handle.Type, plaintext, compress);
        var isSame = TryDecode(container.Span, uncompressedLength) is { } readBack && readBack.Span.SequenceEqual(plaintext);
        // Somebody else may need the memory while this one waits for room in a pack.
        Release(ref _opened);
        Release(ref _decompressed);
        if (isSame) return (container, uncompressedLength);
        throw new HoldfastException(
            FailureKind.Failed,
            $"{handle} did not read back as it was written: the memory or the processor of this machine is faulty",
            "test the memory before any further backup");
    }

    /// <summary>Seals bytes as they are. The result lives until the next call.</summary>
    internal ReadOnlyMemory<byte> Seal(ReadOnlySpan<byte> plaintext)
    {
        Grow(ref _container, plaintext.Length + Sealer.Overhead);
        var length = _sealer.Seal(plaintext, _container);
        return _container.AsMemory(0, length);
    }

    /// <summary>Opens a container of bytes as they are; null when its MAC is wrong. The result lives until the next call.</summary>
    internal ReadOnlyMemory<byte>? TryUnseal(ReadOnlySpan<byte> container)
    {
        if (container.Length < Sealer.Overhead) return null;
        Grow(ref _opened, container.Length);
        if (!_sealer.TryOpen(container, _opened)) return null;
        return _opened.AsMemory(0, container.Length - Sealer.Overhead);
    }

    /// <summary>
    /// Opens a blob: MAC, decompression, length. The caller compares the hash. Null when anything is wrong. The result lives until the next call.
    /// </summary>
    internal ReadOnlyMemory<byte>? TryDecode(ReadOnlySpan<byte> container, uint uncompressedLength)
    {
        if (TryUnseal(container) is not { } sealedBytes) return null;
        if (uncompressedLength == 0) return sealedBytes;
        if (uncompressedLength > int.MaxValue) return null;
        Grow(ref _decompressed, (int)uncompressedLength);
        var length = _zstd.TryDecompress(sealedBytes.Span, _decompressed.AsSpan(0, (int)uncompressedLength));
        Release(ref _opened);
        if (length != (int)uncompressedLength) return null;
        return _decompressed.AsMemory(0, (int)uncompressedLength);
    }

    /// <summary>As <see cref="TryDecode"/>, and the plaintext has the expected ID.</summary>
    internal ReadOnlyMemory<byte>? TryDecode(ReadOnlySpan<byte> container, PackedBlob blob)
    {
        // Not a conditional expression: null would silently become an empty memory in one, and damage an empty blob.
        if (TryDecode(container, blob.UncompressedLength) is not { } plaintext || Id.Of(plaintext.Span) != blob.Handle.Id) return null;
        return plaintext;
    }

    /// <summary>Compresses and seals a document (index, snapshot, lock) as the repository's version wants it (section 3.4).</summary>
    internal ReadOnlyMemory<byte> EncodeDocument(ReadOnlySpan<byte> json, bool compress)
    {
        if (!compress) return Seal(json);
        Grow(ref _container, Zstd.Bound(json.Length) + 1 + Sealer.Overhead);
        _container[Sealer.Prefix] = DocumentFormat.Compressed;
        var length = _zstd.Compress(json, _container.AsSpan(Sealer.Prefix + 1), CompressionLevel);
        return SealInPlace(length + 1);
    }

    /// <summary>The JSON of a document; null when its MAC is wrong, its first byte unknown or its compression broken.</summary>
    internal byte[]? TryDecodeDocument(ReadOnlySpan<byte> container, bool mayBeCompressed)
    {
        if (TryUnseal(container) is not { } content) return null;
        if (content.IsEmpty || !mayBeCompressed || content.Span[0] is (byte)'{' or (byte)'[') return content.ToArray();
        return content.Span[0] == DocumentFormat.Compressed ? _zstd.TryDecompress(content.Span[1..], DocumentFormat.MaximumSize) : null;
    }

    /// <summary>Gives the memory back, and with it what was returned.</summary>
    internal void ReleaseBuffers()
    {
        Release(ref _container);
        Release(ref _opened);
        Release(ref _decompressed);
    }

    public void Dispose()
    {
        ReleaseBuffers();
        _sealer.Dispose();
        _zstd.Dispose();
    }

    private ReadOnlyMemory<byte> SealInPlace(int length) =>
        _container.AsMemory(0, _sealer.Seal(_container.AsSpan(Sealer.Prefix, length), _container));

    private void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length >= length) return;
        Release(ref buffer);
        buffer = buffers.Rent(length);
    }

    private void Release(ref byte[] buffer)
    {
        if (buffer.Length > 0) buffers.Return(buffer);
        buffer = [];
    }

    private static class DocumentFormat
    {
        internal const byte Compressed = 2;

        /// <summary>Beyond any index that a writer makes; a bomb ends here.</summary>
        internal const int MaximumSize = 1 << 30;
    }
}
