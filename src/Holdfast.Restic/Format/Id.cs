using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Holdfast.Restic.Format;

/// <summary>
/// A SHA-256: the name of a stored file (hash of its stored bytes) or of a blob (hash of its plaintext). 32 bytes.
/// Ordered bytewise; written as 64 lower-case hex digits. Format document, section 1.
/// </summary>
public readonly struct Id : IEquatable<Id>, IComparable<Id>
{
    /// <summary>Bytes in an ID.</summary>
    public const int Size = 32;

    // Big-endian words, so that comparing the words in order compares the bytes.
    private readonly ulong _w0;
    private readonly ulong _w1;
    private readonly ulong _w2;
    private readonly ulong _w3;

    /// <param name="bytes">Exactly 32 bytes.</param>
    public Id(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException("an ID has 32 bytes", nameof(bytes));
        _w0 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _w1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _w2 = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _w3 = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>True for the all-zero value, which names nothing ("null ID").</summary>
    public bool IsNull => (_w0 | _w1 | _w2 | _w3) == 0;

    /// <summary>The first eight characters, as shown to people.</summary>
    public string Short => ToString()[..8];

    public static bool operator ==(Id left, Id right) => left.Equals(right);

    public static bool operator !=(Id left, Id right) => !left.Equals(right);

    /// <summary>The SHA-256 of <paramref name="content"/>.</summary>
    public static Id Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new Id(hash);
    }

    /// <summary>A random ID, for repositories.</summary>
    public static Id Random()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new Id(bytes);
    }

    /// <summary>Parses 64 lower-case hex digits; anything else is not an ID.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Id id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != Size * 2 || text.ContainsAnyInRange('A', 'F')) return false;
        if (Convert.FromHexString(text, bytes, out _, out _) != OperationStatus.Done) return false;
        id = new Id(bytes);
        return true;
    }

    /// <summary>Parses 64 lower-case hex digits given as ASCII bytes; anything else is not an ID.</summary>
    public static bool TryParse(ReadOnlySpan<byte> ascii, out Id id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (ascii.Length != Size * 2 || ascii.ContainsAnyInRange((byte)'A', (byte)'F')) return false;
        if (Convert.FromHexString(ascii, bytes, out _, out _) != OperationStatus.Done) return false;
        id = new Id(bytes);
        return true;
    }

    /// <exception cref="FormatException">The text is not 64 lower-case hex digits.</exception>
    public static Id Parse(string text) => TryParse(text, out var id) ? id : throw new FormatException("not an ID");

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _w0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _w1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _w2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _w3);
    }

    /// <summary>Writes 64 lower-case hex digits as ASCII.</summary>
    public void FormatHex(Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, destination, out _);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public bool Equals(Id other) => _w0 == other._w0 && _w1 == other._w1 && _w2 == other._w2 && _w3 == other._w3;

    public override bool Equals(object? obj) => obj is Id other && Equals(other);

    // The value is a hash already.
    public override int GetHashCode() => (int)_w3;

    public int CompareTo(Id other)
    {
        var order = _w0.CompareTo(other._w0);
        if (order != 0) return order;
        order = _w1.CompareTo(other._w1);
        if (order != 0) return order;
        order = _w2.CompareTo(other._w2);
        return order != 0 ? order : _w3.CompareTo(other._w3);
    }
}
