using System.Globalization;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>What a policy says of a snapshot, in words. Periods are named by the wall clock that the snapshot recorded, as they are counted.</summary>
internal static class PolicyWords
{
    private const int LongestTag = 60;

    internal static IEnumerable<string> Of(IEnumerable<KeepMatch> matches, Timestamp time) => matches.Select(match => Of(match, time));

    internal static IEnumerable<string> Of(IEnumerable<KeepMiss> misses, Timestamp time) => misses.Select(miss => Of(miss, time));

    private static string Of(KeepMatch match, Timestamp time) => match.Rule switch
    {
        _ when match.IsOldest && match.Span.IsZero => $"{Name(match.Rule)}: the oldest there is, and not all places are taken",
        _ when match.IsOldest => $"{Name(match.Rule)} within {match.Span}: the oldest there is",
        KeepRule.Tags => $"tags: it has {Set(match.Tags!)}",
        KeepRule.Within => $"within {match.Span} of the newest",
        KeepRule.Last => "last: one of the newest",
        _ when !match.Span.IsZero => $"{Name(match.Rule)} within {match.Span}: the newest of {Period(match.Rule, time)}",
        _ => $"{Name(match.Rule)}: the newest of {Period(match.Rule, time)}",
    };

    private static string Of(KeepMiss miss, Timestamp time)
    {
        var name = miss.Span.IsZero || miss.Rule == KeepRule.Within ? Name(miss.Rule) : $"{Name(miss.Rule)} within {miss.Span}";
        return miss.Cause switch
        {
            KeepMissCause.PeriodTaken => $"{name}: {miss.Instead!.Id.Short} is kept of {Period(miss.Rule, time)}",
            KeepMissCause.CountUsedUp => string.Create(CultureInfo.InvariantCulture, $"{name}: {miss.Count} newer {(miss.Count == 1 ? "one is" : "ones are")} kept"),
            KeepMissCause.TooOld => miss.Rule == KeepRule.Within ? $"within {miss.Span} of the newest: it is older" : $"{name}: it is older",
            _ => "tags: it has none of those that are kept",
        };
    }

    private static string Name(KeepRule rule) => rule switch
    {
        KeepRule.Tags => "tags",
        KeepRule.Within => "within",
        KeepRule.Last => "last",
        KeepRule.Hourly or KeepRule.HourlyWithin => "hourly",
        KeepRule.Daily or KeepRule.DailyWithin => "daily",
        KeepRule.Weekly or KeepRule.WeeklyWithin => "weekly",
        KeepRule.Monthly or KeepRule.MonthlyWithin => "monthly",
        _ => "yearly",
    };

    private static string Period(KeepRule rule, Timestamp time)
    {
        var wall = time.ToDateTimeOffset().DateTime;
        return rule switch
        {
            KeepRule.Hourly or KeepRule.HourlyWithin => wall.ToString("'the hour 'yyyy-MM-dd HH':00'", CultureInfo.InvariantCulture),
            KeepRule.Daily or KeepRule.DailyWithin => wall.ToString("'the day 'yyyy-MM-dd", CultureInfo.InvariantCulture),
            KeepRule.Weekly or KeepRule.WeeklyWithin => string.Create(CultureInfo.InvariantCulture, $"the week {ISOWeek.GetYear(wall):0000}-W{ISOWeek.GetWeekOfYear(wall):00}"),
            KeepRule.Monthly or KeepRule.MonthlyWithin => wall.ToString("'the month 'yyyy-MM", CultureInfo.InvariantCulture),
            _ => wall.ToString("'the year 'yyyy", CultureInfo.InvariantCulture),
        };
    }

    private static string Set(IReadOnlyList<string> tags) =>
        tags is [""] ? "no tags" : string.Join(" and ", tags.Select(tag => Quoted.Escape(tag, LongestTag)));
}
