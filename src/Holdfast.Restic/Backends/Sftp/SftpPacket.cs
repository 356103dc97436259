using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>
/// A request being built: 4 bytes of length, a type, the request's number and its fields, numbers big-endian, strings with their length
/// before (draft-ietf-secsh-filexfer-02, section 3). The buffer is rented; <see cref="Dispose"/> gives it back.
/// </summary>
internal sealed class SftpPacket : IDisposable
{
    private byte[] _buffer;
    private int _length = sizeof(uint);

    /// <param name="id">Tells the answer from others.</param>
    public SftpPacket(SftpType type, uint id, int capacity = 512)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(capacity);
        Byte((byte)type);
        UInt32(id);
        Id = id;
    }

    public uint Id { get; }

    public SftpPacket Byte(byte value)
    {
        Room(1)[0] = value;
        return this;
    }

    public SftpPacket UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Room(sizeof(uint)), value);
        return this;
    }

    public SftpPacket UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Room(sizeof(ulong)), value);
        return this;
    }

    public SftpPacket String(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        value.CopyTo(Room(value.Length));
        return this;
    }

    public SftpPacket String(string value) => String(Encoding.UTF8.GetBytes(value));

    /// <summary>Attributes that hold the mode only, or nothing.</summary>
    public SftpPacket Mode(uint? mode) => mode is { } bits ? UInt32(SftpAttributes.HasMode).UInt32(bits) : UInt32(0);

    /// <summary>The bytes to send, after their length is written into them.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer, (uint)(_length - sizeof(uint)));
        return _buffer.AsMemory(0, _length);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private Span<byte> Room(int count)
    {
        if (_buffer.Length - _length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_length + count);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
