using Holdfast.Restic.Format;

namespace Holdfast.Restic.Forgetting;

/// <summary>The hour, day, week, month or year that a moment is of, by the wall clock at its own recorded offset.</summary>
internal static class CalendarPeriod
{
    private const int SecondsPerHour = 3600;
    private const int SecondsPerDay = 86_400;
    private const int DaysPerWeek = 7;

    // Numbers of days since 1970-01-01, a Thursday: weeks begin with the Monday before.
    private const int DaysFromMonday = 3;

    /// <summary>A number that two moments share when they are of the same period.</summary>
    internal static long Of(KeepRule rule, Timestamp time)
    {
        var wall = time.UnixSeconds + (time.OffsetMinutes * 60L);
        var days = CivilDate.FloorDivide(wall, SecondsPerDay);
        return rule switch
        {
            KeepRule.Hourly or KeepRule.HourlyWithin => CivilDate.FloorDivide(wall, SecondsPerHour),
            KeepRule.Daily or KeepRule.DailyWithin => days,
            // Every ISO week begins on a Monday, also where its year changes within.
            KeepRule.Weekly or KeepRule.WeeklyWithin => CivilDate.FloorDivide(days + DaysFromMonday, DaysPerWeek),
            KeepRule.Monthly or KeepRule.MonthlyWithin => Month(CivilDate.FromDaysSinceEpoch(days)),
            KeepRule.Yearly or KeepRule.YearlyWithin => CivilDate.FromDaysSinceEpoch(days).Year,
            _ => throw new InvalidOperationException($"the rule {rule} has no periods"),
        };
    }

    private static long Month(CivilDate date) => (date.Year * 12) + date.Month;
}
