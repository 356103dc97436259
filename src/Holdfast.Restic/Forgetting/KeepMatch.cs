namespace Holdfast.Restic.Forgetting;

/// <summary>Why a policy keeps a snapshot. As text it is what restic says.</summary>
/// <param name="Rule">What keeps it.</param>
/// <param name="Span">The length of a rule that has one.</param>
/// <param name="Tags">The set of tags that it has; null for other rules.</param>
/// <param name="IsOldest">
/// It is kept only because it is the oldest and the rule still reaches it: restic before 0.16 would not keep it.
/// </param>
public sealed record KeepMatch(KeepRule Rule, CalendarSpan Span = default, IReadOnlyList<string>? Tags = null, bool IsOldest = false)
{
    public override string ToString() => IsOldest ? $"oldest {Text}" : Text;

    private string Text => Rule switch
    {
        KeepRule.Tags => $"has tags [{string.Join(", ", Tags ?? [])}]",
        KeepRule.Within => $"within {Span}",
        KeepRule.Last => "last snapshot",
        KeepRule.Hourly => "hourly snapshot",
        KeepRule.Daily => "daily snapshot",
        KeepRule.Weekly => "weekly snapshot",
        KeepRule.Monthly => "monthly snapshot",
        KeepRule.Yearly => "yearly snapshot",
        KeepRule.HourlyWithin => $"hourly within {Span}",
        KeepRule.DailyWithin => $"daily within {Span}",
        KeepRule.WeeklyWithin => $"weekly within {Span}",
        KeepRule.MonthlyWithin => $"monthly within {Span}",
        KeepRule.YearlyWithin => $"yearly within {Span}",
        _ => throw new InvalidOperationException($"there is no rule {Rule}"),
    };
}
