using System.Globalization;
using System.Text;

namespace Holdfast.Engine.Tar;

/// <summary>Makes a header block of a tar archive in the ustar form (pax(1), "ustar Interchange Format").</summary>
internal static class TarBlock
{
    internal const int Size = 512;
    internal const int LongestName = 100;

    /// <summary>The largest number of an eight-byte field: seven octal digits.</summary>
    internal const long LargestShort = 0x1F_FFFF;

    /// <summary>The largest number of a twelve-byte field: eleven octal digits.</summary>
    internal const long LargestLong = 0x1_FFFF_FFFF;

    private const int ChecksumOffset = 148;
    private const int LongestOwner = 31;

    /// <summary>What does not fit is cut or zero: the extended header before this one says it then.</summary>
    internal static byte[] Of(TarHeaderFields fields)
    {
        var block = new byte[Size];
        Cut(fields.Name.Span, LongestName).CopyTo(block);
        Octal(block.AsSpan(100, 8), fields.Mode);
        Octal(block.AsSpan(108, 8), fields.Uid <= LargestShort ? fields.Uid : 0);
        Octal(block.AsSpan(116, 8), fields.Gid <= LargestShort ? fields.Gid : 0);
        Octal(block.AsSpan(124, 12), fields.Size <= LargestLong ? fields.Size : 0);
        Octal(block.AsSpan(136, 12), Math.Clamp(fields.Time, 0, LargestLong));
        block[156] = fields.Type;
        Cut(fields.LinkTarget.Span, LongestName).CopyTo(block.AsSpan(157));
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        block[263] = block[264] = (byte)'0';
        Cut(Encoding.UTF8.GetBytes(fields.User), LongestOwner).CopyTo(block.AsSpan(265));
        Cut(Encoding.UTF8.GetBytes(fields.Group), LongestOwner).CopyTo(block.AsSpan(297));
        Octal(block.AsSpan(329, 8), fields.Major);
        Octal(block.AsSpan(337, 8), fields.Minor);
        WriteChecksum(block);
        return block;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int longest) => text.Length > longest ? text[..longest] : text;

    private static void Octal(Span<byte> field, long number)
    {
        for (var i = field.Length - 2; i >= 0; i--, number >>= 3) field[i] = (byte)('0' + (number & 7));
    }

    /// <summary>The sum of all bytes, its own field taken as blanks.</summary>
    private static void WriteChecksum(byte[] block)
    {
        var field = block.AsSpan(ChecksumOffset, 8);
        field.Fill((byte)' ');
        var sum = block.Sum(value => value);
        Octal(field[..7], sum);
        field[6] = 0;
    }
}

/// <summary>The fields of a header.</summary>
internal sealed record TarHeaderFields(byte Type, ReadOnlyMemory<byte> Name)
{
    public uint Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Bytes of content.</summary>
    public long Size { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long Time { get; init; }

    public ReadOnlyMemory<byte> LinkTarget { get; init; }

    public string User { get; init; } = string.Empty;

    public string Group { get; init; } = string.Empty;

    public uint Major { get; init; }

    public uint Minor { get; init; }
}
