using System.Globalization;

namespace Holdfast.Bench.Peers;

/// <summary>Numbers as the page shows them; sizes are decimal, 1 MB = 10^6 bytes.</summary>
internal static class Text
{
    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => Format($"{bytes / 1e9:F2} GB"),
        >= 1e6 => Format($"{bytes / 1e6:F1} MB"),
        _ => Format($"{bytes / 1e3:F1} kB"),
    };

    public static string Seconds(double seconds) => Format($"{seconds:F2} s");

    public static string Milliseconds(double milliseconds) => Format($"{milliseconds:F2} ms");

    public static string Ratio(double ratio) => Format($"{ratio:F3}");

    public static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
