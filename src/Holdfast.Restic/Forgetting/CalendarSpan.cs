using System.Globalization;
using System.Text;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Forgetting;

/// <summary>A length of time by the calendar, as a policy writes it: <c>1y5m7d2h</c> (section 13). No part is negative.</summary>
public readonly record struct CalendarSpan(int Years, int Months, int Days, int Hours)
{
    private const int MonthsPerYear = 12;
    private const int SecondsPerHour = 3600;
    private const int SecondsPerDay = 86_400;

    // Far beyond any history, and far from where the arithmetic ends.
    private const int Longest = 100_000;

    /// <summary>A rule with no length is no rule.</summary>
    public bool IsZero => this == default;

    /// <summary>Numbers, each with one of the units y, m, d and h; of a unit that comes twice the last counts.</summary>
    /// <returns>What is wrong, as the end of a sentence that starts with the text; null when nothing is.</returns>
    public static string? TryParse(string text, out CalendarSpan span)
    {
        span = default;
        if (text.Length == 0) return "is no length of time; write 1y5m7d2h, or a part of it";
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0) return "is no length of time; write 1y5m7d2h (years, months, days, hours), or a part of it";
            if (!int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Longest)
                return "is longer than any history";
            switch (rest[digits])
            {
                case 'y': span = span with { Years = number }; break;
                case 'm': span = span with { Months = number }; break;
                case 'd': span = span with { Days = number }; break;
                case 'h': span = span with { Hours = number }; break;
                default: return "has a unit that is none; there are y, m (months), d and h";
            }

            rest = rest[(digits + 1)..];
        }

        return null;
    }

    /// <exception cref="FormatException">The text is none.</exception>
    public static CalendarSpan Parse(string text) =>
        TryParse(text, out var span) is { } problem ? throw new FormatException("the text " + problem) : span;

    /// <summary>
    /// The moment so long before another. Years, months and days are taken off the date at once and a day that its month does not have runs
    /// over into the next one (a month before 31 March is 3 March); then hours of 60 minutes are taken off.
    /// </summary>
    /// <param name="latest">Its wall clock counts.</param>
    /// <param name="zone">
    /// The zone of who asks: where it had the offset that is recorded with <paramref name="latest"/>, its rules decide what the wall clock meant
    /// at the earlier date, else the offset stays.
    /// </param>
    public Timestamp Before(Timestamp latest, TimeZoneInfo zone)
    {
        var wall = latest.UnixSeconds + (latest.OffsetMinutes * 60L);
        var days = CivilDate.FloorDivide(wall, SecondsPerDay);
        var date = CivilDate.FromDaysSinceEpoch(days);
        var months = ((date.Year - Years) * MonthsPerYear) + date.Month - 1 - Months;
        var year = CivilDate.FloorDivide(months, MonthsPerYear);
        var first = new CivilDate(year, (int)(months - (year * MonthsPerYear)) + 1, 1);
        var earlier = ((first.DaysSinceEpoch + date.Day - 1 - Days) * SecondsPerDay) + (wall - (days * SecondsPerDay));
        var offset = OffsetAt(latest.UnixSeconds, zone) == latest.OffsetMinutes ? OffsetOfWall(earlier, zone) : latest.OffsetMinutes;
        return new Timestamp(earlier - (offset * 60L) - ((long)Hours * SecondsPerHour), latest.Nanoseconds, offset);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (number, unit) in ((int, char)[])[(Years, 'y'), (Months, 'm'), (Days, 'd'), (Hours, 'h')])
            if (number != 0) text.Append(CultureInfo.InvariantCulture, $"{number}{unit}");
        return text.ToString();
    }

    private static int OffsetAt(long seconds, TimeZoneInfo zone) => Timestamp.FromUnix(seconds, 0, zone).OffsetMinutes;

    /// <summary>
    /// What a wall clock meant where the hands were moved is settled as Go's time.Date does it: by the offset at the wall time read as UTC,
    /// and where that is not zero, by the one at the moment so found.
    /// </summary>
    private static int OffsetOfWall(long wall, TimeZoneInfo zone)
    {
        var guess = OffsetAt(wall, zone);
        return guess == 0 ? 0 : OffsetAt(wall - (guess * 60L), zone);
    }
}
