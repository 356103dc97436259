using System.Globalization;

namespace Holdfast.Restic.Format;

/// <summary>A number of bytes as people write it: "500", "20k", "1.5G". The units are powers of 1024.</summary>
public static class ByteSize
{
    private const string Units = "KMGT";

    /// <returns>Null when the text is no size.</returns>
    public static long? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var number = text;
        var factor = 1L;
        if (number.Length > 0 && Units.IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal) is >= 0 and var unit)
        {
            factor = 1L << (10 * (unit + 1));
            number = number[..^1];
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return null;
        return value <= long.MaxValue / factor ? (long)(value * factor) : null;
    }
}
