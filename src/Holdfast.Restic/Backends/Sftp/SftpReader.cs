using System.Buffers.Binary;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>Takes the fields of an answer one after another.</summary>
internal ref struct SftpReader(ReadOnlySpan<byte> content)
{
    private ReadOnlySpan<byte> _rest = content;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <exception cref="InvalidDataException">The answer is cut off.</exception>
    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    /// <inheritdoc cref="UInt32"/>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    /// <inheritdoc cref="UInt32"/>
    public ReadOnlySpan<byte> String() => Take((int)Math.Min(UInt32(), int.MaxValue));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw new InvalidDataException("an answer of the SFTP server is cut off");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
