using System.Globalization;

namespace Holdfast.Engine.Manifest;

/// <summary>Durations as a manifest writes them: a whole number and one unit.</summary>
public static class DurationText
{
    // Timers of the runtime count milliseconds in 32 bits; nothing in a manifest waits longer than this.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(30);

    private static readonly IReadOnlyList<(string Unit, TimeSpan Length)> _units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
    ];

    /// <returns>What is wrong, as the end of a sentence that starts with the text; null when nothing is.</returns>
    public static string? TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var unit = _units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        var digits = unit.Unit is null ? text : text[..^unit.Unit.Length];
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
        {
            return "is no duration; write a whole number and a unit: 30s, 5m, 2h or 7d";
        }

        if (unit.Unit is null)
        {
            return $"has no unit; write {(digits.Length < 6 ? digits : "30")}s for seconds, or m, h, d";
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > _longest / unit.Length)
        {
            return "is longer than 30d";
        }

        duration = unit.Length * count;
        return count == 0 ? "is no time at all" : null;
    }

    /// <exception cref="ArgumentException">The text is no duration.</exception>
    public static TimeSpan Parse(string text) =>
        TryParse(text, out var duration) is { } problem ? throw new ArgumentException("the text " + problem, nameof(text)) : duration;

    /// <summary>The shortest text for a duration of whole milliseconds.</summary>
    public static string Write(TimeSpan duration)
    {
        var (unit, length) = _units.Where(unit => duration.Ticks % unit.Length.Ticks == 0).MaxBy(unit => unit.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
    }
}
