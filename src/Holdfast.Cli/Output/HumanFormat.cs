using System.Globalization;

namespace Holdfast.Cli.Output;

/// <summary>Sizes, durations and times for people.</summary>
internal static class HumanFormat
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Three significant digits: "17 B", "1.21 MiB", "940 GiB".</summary>
    internal static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>"0.42 s", "12.3 s", "4 min 05 s", "2 h 13 min".</summary>
    internal static string Duration(TimeSpan duration)
    {
        if (duration.TotalSeconds < 10) return duration.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";
        if (duration.TotalMinutes < 1) return duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
        return duration.TotalHours < 1 ? $"{(int)duration.TotalMinutes} min {duration.Seconds:00} s" : $"{(long)duration.TotalHours} h {duration.Minutes:00} min";
    }

    /// <summary>Local time to the second, "2026-01-05 14:30:00".</summary>
    internal static string Time(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    internal static string Count(long number, string one, string many) =>
        number == 1 ? $"1 {one}" : $"{number.ToString("N0", CultureInfo.InvariantCulture)} {many}";
}
