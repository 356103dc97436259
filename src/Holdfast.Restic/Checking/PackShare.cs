using System.Globalization;
using System.Security.Cryptography;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Checking;

/// <summary>A share of the packs to read, written as restic does it (section 10.1): "2/7", "10%" or "5G".</summary>
public abstract record PackShare
{
    private const double MostPercent = 100;

    private PackShare()
    {
    }

    /// <returns>Null when the text is none of the forms.</returns>
    public static PackShare? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('/') is [var part, var parts])
        {
            return byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && byte.TryParse(parts, NumberStyles.None, CultureInfo.InvariantCulture, out var total)
                && number >= 1 && number <= total
                ? new Part(number, total)
                : null;
        }

        if (!text.EndsWith('%')) return ByteSize.TryParse(text) is > 0 and var bytes ? new Size(bytes) : null;
        return double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= MostPercent
            ? new Percent(percent)
            : null;
    }

    /// <summary>The packs of the share.</summary>
    public abstract IReadOnlyList<StoredFile> Of(IReadOnlyList<StoredFile> packs);

    private static StoredFile[] Shuffled(IReadOnlyList<StoredFile> packs)
    {
        StoredFile[] order = [.. packs];
        RandomNumberGenerator.Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>One of so many parts, by the first byte of the ID: all parts one after another are the whole.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="Total">At most 255.</param>
    public sealed record Part(byte Number, byte Total) : PackShare
    {
        public override IReadOnlyList<StoredFile> Of(IReadOnlyList<StoredFile> packs) => [.. packs.Where(pack => FirstByte(pack) % Total == Number - 1)];

        private static byte FirstByte(StoredFile pack)
        {
            Span<byte> bytes = stackalloc byte[Id.Size];
            pack.Handle.Id.CopyTo(bytes);
            return bytes[0];
        }
    }

    /// <summary>So many of a hundred packs by chance, at least one.</summary>
    public sealed record Percent(double Value) : PackShare
    {
        public override IReadOnlyList<StoredFile> Of(IReadOnlyList<StoredFile> packs) =>
            [.. Shuffled(packs).Take((int)Math.Ceiling(packs.Count * Value / MostPercent))];
    }

    /// <summary>Packs by chance, as many as bring together so many bytes, at least one.</summary>
    public sealed record Size(long Bytes) : PackShare
    {
        public override IReadOnlyList<StoredFile> Of(IReadOnlyList<StoredFile> packs)
        {
            long before = 0;
            return
            [
                .. Shuffled(packs).TakeWhile(pack =>
                {
                    var fits = before == 0 || before + pack.Size <= Bytes;
                    before += pack.Size;
                    return fits;
                }),
            ];
        }
    }
}
