using System.Buffers.Binary;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Packs;

/// <summary>
/// A pack being filled: containers one after another, then the sealed header and its length (section 4). Not thread-safe.
/// </summary>
internal sealed class PackBuilder
{
    /// <summary>Bytes of containers after which a pack is full (section 4).</summary>
    internal const int TargetSize = 16 << 20;

    // A middling blob more than the target: untouched memory costs nothing, growing would copy and leave large garbage.
    private const int FirstCapacity = TargetSize + (5 << 18);

    private readonly List<PackedBlob> _blobs = [];
    private byte[] _buffer;
    private int _length;
    private int _headerSize;

    /// <param name="capacity">First size of the buffer in bytes; it grows as needed and is kept by <see cref="Clear"/>.</param>
    internal PackBuilder(int capacity = FirstCapacity) => _buffer = GC.AllocateUninitializedArray<byte>(capacity);

    internal IReadOnlyList<PackedBlob> Blobs => _blobs;

    internal bool IsFull => _length >= TargetSize || _blobs.Count >= PackHeader.MaximumEntries;

    internal void Append(BlobHandle handle, ReadOnlySpan<byte> container, uint uncompressedLength)
    {
        Reserve(container.Length);
        container.CopyTo(_buffer.AsSpan(_length));
        var blob = new PackedBlob(handle, (uint)_length, (uint)container.Length, uncompressedLength);
        _blobs.Add(blob);
        _length += container.Length;
        _headerSize += PackHeader.EntrySize(blob);
    }

    /// <summary>Adds the header; the returned bytes are the file and live until <see cref="Clear"/>.</summary>
    internal ReadOnlyMemory<byte> Finish(BlobCodec codec)
    {
        var header = codec.Seal(PackHeader.Encode(_blobs));
        Reserve(header.Length + sizeof(uint));
        header.Span.CopyTo(_buffer.AsSpan(_length));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length + header.Length), (uint)header.Length);
        return _buffer.AsMemory(0, _length + header.Length + sizeof(uint));
    }

    internal void Clear()
    {
        _blobs.Clear();
        _length = 0;
        _headerSize = 0;
    }

    private void Reserve(int more)
    {
        var needed = checked(_length + more);
        if (needed <= _buffer.Length) return;
        var grown = _buffer.Length < FirstCapacity ? Math.Min(_buffer.Length * 2L, FirstCapacity) : _buffer.Length * 5L / 4;
        var size = Math.Min(int.MaxValue, Math.Max(needed + (long)_headerSize + 64, grown));
        var larger = GC.AllocateUninitializedArray<byte>(checked((int)size));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        _buffer = larger;
    }
}
