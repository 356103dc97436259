using System.Buffers.Binary;
using System.IO.Compression;
using Holdfast.Restic.Streams;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>
/// Decompresses gzip and holds it to its trailer (RFC 1952 section 2.3.1): .NET's own stream is content when the trailer is cut off. The stream
/// is one member, as gzip writes it.
/// </summary>
internal sealed class GzipCheckStream(PeekedStream packed, HashingStream behind) : OneWayStream
{
    private static readonly uint[] Table = MakeTable();

    private readonly GZipStream _inner = new(packed, CompressionMode.Decompress, leaveOpen: true);
    private uint _crc = uint.MaxValue;
    private uint _length;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        var length = _inner.Read(buffer);
        if (length == 0 && !buffer.IsEmpty)
        {
            packed.CopyTo(Null);
            RequireTrailer();
        }

        return Came(buffer[..length]);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (length == 0 && !buffer.IsEmpty)
        {
            await packed.CopyToAsync(Null, cancellationToken).ConfigureAwait(false);
            RequireTrailer();
        }

        return Came(buffer.Span[..length]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }

    private int Came(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) _crc = Table[(byte)(_crc ^ value)] ^ (_crc >> 8);
        _length += (uint)bytes.Length;
        return bytes.Length;
    }

    private void RequireTrailer()
    {
        var tail = behind.Tail();
        if (tail.Length < HashingStream.TailSize
            || BinaryPrimitives.ReadUInt32LittleEndian(tail) != ~_crc
            || BinaryPrimitives.ReadUInt32LittleEndian(tail[sizeof(uint)..]) != _length)
        {
            throw new InvalidDataException("the gzip trailer is not that of the content");
        }
    }

    private static uint[] MakeTable()
    {
        const uint Polynomial = 0xEDB88320;
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
