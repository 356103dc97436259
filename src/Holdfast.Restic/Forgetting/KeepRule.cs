namespace Holdfast.Restic.Forgetting;

/// <summary>What can keep a snapshot, in the order in which restic names it.</summary>
public enum KeepRule
{
    Tags,
    Within,
    Last,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
    HourlyWithin,
    DailyWithin,
    WeeklyWithin,
    MonthlyWithin,
    YearlyWithin,
}
