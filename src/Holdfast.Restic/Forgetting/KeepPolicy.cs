using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Forgetting;

/// <summary>Which snapshots of a group are kept (section 13). A snapshot is kept when any part keeps it; a part that is zero keeps none.</summary>
public sealed record KeepPolicy
{
    /// <summary>A count that never ends.</summary>
    public const int Unlimited = -1;

    /// <summary>How many of the newest.</summary>
    public int Last { get; init; }

    /// <summary>The newest of so many hours that have one; the same for the other periods.</summary>
    public int Hourly { get; init; }

    public int Daily { get; init; }

    public int Weekly { get; init; }

    public int Monthly { get; init; }

    public int Yearly { get; init; }

    /// <summary>All that are newer than the newest less so much.</summary>
    public CalendarSpan Within { get; init; }

    /// <summary>Of those, the newest of every hour; the same for the other periods.</summary>
    public CalendarSpan WithinHourly { get; init; }

    public CalendarSpan WithinDaily { get; init; }

    public CalendarSpan WithinWeekly { get; init; }

    public CalendarSpan WithinMonthly { get; init; }

    public CalendarSpan WithinYearly { get; init; }

    /// <summary>All that have every tag of one of these sets; the set of the empty tag alone is for those without tags.</summary>
    public IReadOnlyList<IReadOnlyList<string>> TagSets { get; init; } = [];

    /// <summary>It keeps nothing.</summary>
    public bool IsEmpty =>
        TagSets.Count == 0 && Within.IsZero && CountedRules.All(rule => rule.Count == 0) && PeriodSpans.All(rule => rule.Span.IsZero);

    internal (KeepRule Rule, int Count)[] CountedRules =>
    [
        (KeepRule.Last, Last), (KeepRule.Hourly, Hourly), (KeepRule.Daily, Daily),
        (KeepRule.Weekly, Weekly), (KeepRule.Monthly, Monthly), (KeepRule.Yearly, Yearly),
    ];

    internal (KeepRule Rule, CalendarSpan Span)[] PeriodSpans =>
    [
        (KeepRule.HourlyWithin, WithinHourly), (KeepRule.DailyWithin, WithinDaily), (KeepRule.WeeklyWithin, WithinWeekly),
        (KeepRule.MonthlyWithin, WithinMonthly), (KeepRule.YearlyWithin, WithinYearly),
    ];

    /// <exception cref="HoldfastException">Usage: a negative count other than <see cref="Unlimited"/>.</exception>
    internal void ThrowIfNegative()
    {
        if (CountedRules.Any(rule => rule.Count < Unlimited))
            throw new HoldfastException(FailureKind.Usage, "a policy cannot keep less than no snapshot", "write a count from 0 on, or unlimited");
    }
}
