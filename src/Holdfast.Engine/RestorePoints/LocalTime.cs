using System.Globalization;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Turns what a clock on the wall shows into a moment. When clocks are put back, an hour is shown twice: the first is taken, because who looks
/// for the state before an accident must not get one after it. When they are put forward, an hour is never shown: taken is the last moment before it.
/// </summary>
internal static class LocalTime
{
    // Beyond any change of clocks, that of Samoa (2011), which left out a whole day, included.
    private static readonly TimeSpan Around = TimeSpan.FromDays(2);

    internal static TimeExpression Resolve(DateTime local, TimeZoneInfo zone)
    {
        var before = OffsetAt(local - Around, zone);
        var after = OffsetAt(local + Around, zone);
        var moments = new[] { before, after }
            .Distinct()
            .Where(offset => OffsetAt(local - offset, zone) == offset)
            .Select(offset => new DateTimeOffset(local, offset))
            .Order()
            .ToList();
        return moments.Count switch
        {
            0 => BeforeGap(local, before, after, zone),
            1 => new TimeExpression(moments[0], null),
            _ => new TimeExpression(
                moments[0],
                $"clocks were put back and showed {Shown(local)} twice: the first is taken, {Written(moments[0])}; for the second write {Written(moments[1])}"),
        };
    }

    private static TimeExpression BeforeGap(DateTime local, TimeSpan before, TimeSpan after, TimeZoneInfo zone)
    {
        // The old offset still holds at the one end and no longer at the other.
        var (low, high) = ((local - after).Ticks, (local - before).Ticks);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (OffsetAt(new DateTime(middle), zone) == before) low = middle;
            else high = middle;
        }

        var last = new DateTimeOffset(low, TimeSpan.Zero).ToOffset(before);
        return new TimeExpression(
            last, $"clocks were put forward and never showed {Shown(local)}: the moment before that is taken, {Written(new DateTimeOffset(high, TimeSpan.Zero).ToOffset(before))}");
    }

    private static TimeSpan OffsetAt(DateTime utc, TimeZoneInfo zone) => zone.GetUtcOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc));

    private static string Shown(DateTime local) => local.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Written(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
}
