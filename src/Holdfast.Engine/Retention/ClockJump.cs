using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// A time without snapshots that alone has a rule remove everything before it. Spans of time are counted back from the newest snapshot: where the
/// clock was ahead when that one was made, and is so now, none is of the future, and all of the real ones are too old.
/// </summary>
/// <param name="Before">The newest before the gap.</param>
/// <param name="After">The oldest after it.</param>
/// <param name="Removed">How many go because of it.</param>
internal sealed record ClockJump(StoredSnapshot Before, StoredSnapshot After, int Removed)
{
    // Somebody may have been on holiday; and where backups are rare, a long time without one is nothing special.
    private static readonly TimeSpan Shortest = TimeSpan.FromDays(30);
    private const int TimesTheUsual = 10;

    private TimeSpan Gap => GapOf(After, Before);

    /// <summary>What the decisions on a group rely on; null for nothing of the kind.</summary>
    internal static ClockJump? In(IReadOnlyList<ForgetDecision> decisions, RetentionOptions options, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var series = decisions.Where(decision => decision.Stored.Snapshot.Time.ToDateTimeOffset() <= now && !decision.Stored.Snapshot.Tags.Contains(ImportedTag.Value))
            .OrderByDescending(decision => (decision.Stored.Snapshot.Time, decision.Stored.Id)).ToList();
        var gaps = series.Zip(series.Skip(1), (after, before) => GapOf(after.Stored, before.Stored)).ToList();
        for (var index = 0; index < gaps.Count; index++)
        {
            if (gaps[index] <= Shortest || gaps[index] <= Usual(gaps, index) * TimesTheUsual) continue;
            var newest = series[0].Stored;
            var jump = new ClockJump(series[index + 1].Stored, series[index].Stored, 0);
            var older = series[(index + 1)..];
            var removed = jump.RemovedByPolicy(older, options, newest, clock.LocalTimeZone) + jump.RemovedSafety(older, options, newest, clock.LocalTimeZone);
            if (removed > 0) return jump with { Removed = removed };
        }

        return null;
    }

    // Where the policy keeps some of the older ones for another reason, they do not hang on the time.
    private int RemovedByPolicy(List<ForgetDecision> older, RetentionOptions options, StoredSnapshot newest, TimeZoneInfo zone)
    {
        var counted = older.Where(decision => decision.Verdict is not null).ToList();
        if (counted.Exists(decision => decision.Reasons.Any(reason => decision.IsKept && reason.Kind == RetentionReasonKind.Policy))) return 0;
        CalendarSpan[] spans =
        [
            options.Policy.Within, options.Policy.WithinHourly, options.Policy.WithinDaily,
            options.Policy.WithinWeekly, options.Policy.WithinMonthly, options.Policy.WithinYearly,
        ];
        return counted.Count(decision => !decision.IsKept && spans.Any(span => IsDecisive(span, decision.Stored, newest, zone)));
    }

    private int RemovedSafety(List<ForgetDecision> older, RetentionOptions options, StoredSnapshot newest, TimeZoneInfo zone) =>
        older.Count(decision => !decision.IsKept && SafetyTag.IsOn(decision.Stored.Snapshot) && IsDecisive(options.Safety, decision.Stored, newest, zone));

    /// <summary>The limit of the rule lies in the gap, and without the gap the snapshot would be on this side of it.</summary>
    private bool IsDecisive(CalendarSpan span, StoredSnapshot stored, StoredSnapshot newest, TimeZoneInfo zone)
    {
        if (span.IsZero) return false;
        var limit = span.Before(newest.Snapshot.Time, zone);
        return limit >= Before.Snapshot.Time && limit < After.Snapshot.Time && stored.Snapshot.Time.ToDateTimeOffset() > limit.ToDateTimeOffset() - Gap;
    }

    private static TimeSpan GapOf(StoredSnapshot after, StoredSnapshot before) => after.Snapshot.Time.ToDateTimeOffset() - before.Snapshot.Time.ToDateTimeOffset();

    // The median of the others; where there are none, nothing is usual.
    private static TimeSpan Usual(List<TimeSpan> gaps, int except)
    {
        var others = gaps.Where((_, index) => index != except).Order().ToList();
        return others.Count == 0 ? TimeSpan.Zero : others[others.Count / 2];
    }

    /// <summary>One sentence for a plan.</summary>
    internal string Describe(TimeZoneInfo zone) =>
        $"no snapshot was made for {Gap.Days} days, between {Before.Id.Short} of {Time(Before, zone)} and {After.Id.Short} of {Time(After, zone)}, and that alone makes {HumanFormat.Count(Removed, "snapshot", "snapshots")} from before too old";

    internal HoldfastException Refusal(TimeZoneInfo zone) => new(
        FailureKind.Failed,
        $"{Describe(zone)}: the clock may have jumped, and nothing was removed",
        $"if the clock is or was wrong, set it, and remove what was made meanwhile by its ID (`holdfast forget {After.Id.Short}`); if there really was no backup for so long, go on with --accept-gap");

    private static string Time(StoredSnapshot stored, TimeZoneInfo zone) => HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), zone);
}
