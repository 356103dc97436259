using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Tar;

/// <summary>A header of a tar archive that was read (ustar in pax(1) of POSIX), as far as it matters here.</summary>
/// <param name="Type">The type flag: <c>0</c> a file, <c>5</c> a folder, <c>2</c> a symbolic link, <c>x</c> an extension.</param>
internal sealed record TarHeader(char Type, string Name, string LinkName, long Size)
{
    /// <summary>The access bits of chmod(2); 0 where the header has none.</summary>
    internal uint Permissions { get; private init; }

    /// <summary>When its content changed, in seconds since 1970; 0 where the header does not say.</summary>
    internal long ModifiedAt { get; private init; }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="HoldfastException">Damaged: the header's sum is wrong or a field is none.</exception>
    internal static TarHeader Parse(ReadOnlySpan<byte> block)
    {
        const int SumOffset = 148;
        const int SumLength = 8;
        var sum = 0L;
        for (var i = 0; i < block.Length; i++) sum += i is >= SumOffset and < SumOffset + SumLength ? ' ' : block[i];
        if (Number(block.Slice(SumOffset, SumLength)) != sum) throw Damaged("a header is damaged");
        var type = block[156] == 0 ? '0' : (char)block[156];
        var isUstar = block[257..].StartsWith("ustar\0"u8);
        var prefix = isUstar ? Text(block.Slice(345, 155)) : string.Empty;
        var name = Text(block[..100]);
        return new TarHeader(type, prefix.Length > 0 ? $"{prefix}/{name}" : name, Text(block.Slice(157, 100)), Number(block.Slice(124, 12)))
        {
            Permissions = (uint)(Octal(block.Slice(100, 8)) ?? 0) & FilePermissions.AccessMask,
            ModifiedAt = Octal(block.Slice(136, 12)) ?? 0,
        };
    }

    internal static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        try
        {
            return Strict.GetString(end < 0 ? field : field[..end]);
        }
        catch (ArgumentException)
        {
            throw Damaged("a name in it is not UTF-8");
        }
    }

    internal static HoldfastException Damaged(string why) =>
        new(FailureKind.Damaged, $"the archive is refused: {why}", "it is truncated or was tampered with: use another archive");

    /// <summary>Octal digits, or with the first bit set a binary number, as GNU tar writes large ones.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            if (field[0] != 0x80 || field[1..^8].IndexOfAnyExcept((byte)0) >= 0) throw Damaged("a number in a header is impossible");
            var binary = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
            return binary >= 0 ? binary : throw Damaged("a number in a header is impossible");
        }

        return Octal(field) ?? throw Damaged("a number in a header is none");
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        foreach (var digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }
}
