using System.Globalization;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Pruning;

/// <summary>How much that nothing needs may stay in packs: a share of what stays, a number of bytes, or any amount.</summary>
public abstract record UnusedLimit
{
    private const double MostPercent = 100;

    private UnusedLimit()
    {
    }

    /// <summary>Five percent, as restic does it.</summary>
    public static UnusedLimit Default { get; } = new Share(5);

    public static UnusedLimit Any { get; } = new Bytes(long.MaxValue);

    /// <summary>Reads "5%", "200M" (powers of 1024), "0" or "unlimited"; null when it is none of them.</summary>
    public static UnusedLimit? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "unlimited") return Any;
        if (!text.EndsWith('%')) return ByteSize.TryParse(text) is { } bytes ? new Bytes(bytes) : null;
        return double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent < MostPercent
            ? new Share(percent)
            : null;
    }

    /// <summary>The bytes that may stay beside so many that are used.</summary>
    public abstract long Allows(long used);

    /// <summary>So many percent of all that stays.</summary>
    public sealed record Share(double Percent) : UnusedLimit
    {
        public override long Allows(long used) => (long)(Percent / (MostPercent - Percent) * used);
    }

    /// <summary>So many bytes.</summary>
    public sealed record Bytes(long Count) : UnusedLimit
    {
        public override long Allows(long used) => Count;
    }
}
