using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Forgetting;

/// <summary>The examples of section 13 of the format, which are restic's own, and what they leave open.</summary>
public sealed class PolicyEvaluationTests
{
    private const string January = "16-01-18 16-01-12 16-01-09";

    private static readonly ManualTimeProvider Clock = new(DateTimeOffset.Parse("2026-01-01T00:00:00Z", null));

    public static TheoryData<string, int, string> Results => new()
    {
        { "last 10", 10, "16-01-18 16-01-12 16-01-12 16-01-09 16-01-08 16-01-07 16-01-06 16-01-05 16-01-04 16-01-04" },
        { "daily 3", 3, January },
        { "last 5 daily 5", 6, "16-01-18 16-01-12 16-01-12 16-01-09 16-01-08 16-01-07" },
        { "weekly 4", 4, "16-01-18 16-01-12 16-01-09 16-01-03" },
        { "daily 2 weekly 2 monthly 6", 7, "16-01-18 16-01-12 15-11-22 15-10-22 15-09-22 15-08-22 14-11-22" },
        {
            "daily 7 weekly 2 monthly 3 yearly 10", 11,
            "16-01-18 16-01-12 16-01-09 16-01-08 16-01-07 16-01-06 16-01-05 15-11-22 15-10-22 14-11-22 14-08-08"
        },
        { "yearly 10", 4, "16-01-18 15-11-22 14-11-22 14-08-08" },
        {
            "hourly 20", 20,
            "16-01-18 16-01-12 16-01-09 16-01-08 16-01-07 16-01-06 16-01-05 16-01-04 16-01-04 16-01-04 16-01-04 16-01-03 16-01-01 16-01-01 "
            + "15-11-22 15-11-21 15-11-20 15-11-18 15-11-15 15-11-13"
        },
        { "within 1d", 1, "16-01-18" },
        { "within 7d", 3, "16-01-18 16-01-12 16-01-12" },
        { "within 13d23h", 9, "16-01-18 16-01-12 16-01-12 16-01-09 16-01-08 16-01-07 16-01-06 16-01-05 16-01-04" },
        { "within 1m", 19, string.Empty },
        { "within 1m14d", 19, string.Empty },
        {
            "within 1h within_hourly 1d within_daily 7d within_weekly 1m within_monthly 1y within_yearly 9999y", 10,
            "16-01-18 16-01-12 16-01-09 16-01-03 15-11-22 15-10-22 15-09-22 15-08-22 14-11-22 14-08-08"
        },
        { "tags foo", 18, string.Empty },
        { "tags foo,bar", 4, string.Empty },
        { "tags foo tags bar", 19, string.Empty },
        { "last -1", 103, string.Empty },
        { "hourly -1", 90, string.Empty },
        {
            "daily 3 weekly 2 monthly -1 yearly -1", 12,
            "16-01-18 16-01-12 16-01-09 15-11-22 15-10-22 15-09-22 15-08-22 14-11-22 14-10-22 14-09-22 14-08-22 14-08-08"
        },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public void Keeps_what_restic_keeps(string policy, int count, string days)
    {
        var kept = new PolicyEvaluation(Policies.Parse(policy), Clock).Apply(SampleHistory.Snapshots).Where(verdict => verdict.IsKept).ToList();

        Assert.Equal(103, SampleHistory.Snapshots.Count);
        Assert.Equal(count, kept.Count);
        if (days.Length > 0) Assert.Equal(days.Split(' '), kept.Select(verdict => verdict.Stored.Snapshot.Time.ToString()[2..10]));
    }

    [Fact]
    public void Reasons_and_counters_are_restics()
    {
        var verdicts = new PolicyEvaluation(Policies.Parse("last 2 daily 1 within 6d tags a,b"), Clock).Apply(
        [
            SampleHistory.Of("2025-01-10T10:00:00Z", 1, "a", "b"),
            SampleHistory.Of("2025-01-09T10:00:00Z", 2, "a"),
            SampleHistory.Of("2025-01-04T10:00:00Z", 3),
        ]);

        Assert.Equal(["has tags [a, b]", "within 6d", "last snapshot", "daily snapshot"], verdicts[0].Matches.Select(match => match.ToString()));
        Assert.Equal(["within 6d", "last snapshot"], verdicts[1].Matches.Select(match => match.ToString()));
        Assert.Empty(verdicts[2].Matches);
        Assert.Equal(new KeepCounters(1, 0, 0, 0, 0, 0), verdicts[0].Counters);
        Assert.Equal(
            [(KeepRule.Tags, KeepMissCause.OtherTags), (KeepRule.Within, KeepMissCause.TooOld), (KeepRule.Last, KeepMissCause.CountUsedUp), (KeepRule.Daily, KeepMissCause.CountUsedUp)],
            verdicts[2].Misses.Select(miss => (miss.Rule, miss.Cause)));
    }

    [Fact]
    public void Periods_are_those_of_the_recorded_offset()
    {
        // One instant after another; by the clock on the wall the second is of the day before.
        var verdicts = new PolicyEvaluation(Policies.Parse("daily 5"), Clock).Apply(
        [
            SampleHistory.Of("2025-03-02T00:30:00+02:00", 1),
            SampleHistory.Of("2025-03-01T21:00:00Z", 2),
            SampleHistory.Of("2025-03-01T12:00:00Z", 3),
            SampleHistory.Of("2025-02-01T12:00:00Z", 4),
        ]);

        Assert.Equal([true, true, false, true], verdicts.Select(verdict => verdict.IsKept));
        Assert.Equal(verdicts[1].Stored, Assert.Single(verdicts[2].Misses).Instead);
    }

    [Fact]
    public void The_oldest_is_kept_while_a_count_is_left()
    {
        var history = new[] { SampleHistory.Of("2025-03-01T12:00:00Z", 1), SampleHistory.Of("2025-03-01T11:00:00Z", 2), SampleHistory.Of("2025-03-01T10:00:00Z", 3) };

        var withPlaces = new PolicyEvaluation(Policies.Parse("daily 2"), Clock).Apply(history);
        var without = new PolicyEvaluation(Policies.Parse("daily 1"), Clock).Apply(history);

        Assert.Equal([true, false, true], withPlaces.Select(verdict => verdict.IsKept));
        Assert.True(Assert.Single(withPlaces[2].Matches).IsOldest);
        Assert.Equal([true, false, false], without.Select(verdict => verdict.IsKept));
    }

    [Fact]
    public void Spans_are_counted_from_the_newest_that_is_not_of_the_future()
    {
        var verdicts = new PolicyEvaluation(Policies.Parse("within 1d"), Clock).Apply(
        [
            SampleHistory.Of("2030-01-01T00:00:00Z", 1), SampleHistory.Of("2025-03-02T12:00:00Z", 2), SampleHistory.Of("2025-03-01T12:00:00Z", 3),
        ]);

        // Strictly newer.
        Assert.Equal([true, true, false], verdicts.Select(verdict => verdict.IsKept));
    }

    [Fact]
    public void The_empty_tag_is_for_those_without_tags()
    {
        var verdicts = new PolicyEvaluation(new KeepPolicy { TagSets = [[""]] }, Clock).Apply(
            [SampleHistory.Of("2025-03-02T12:00:00Z", 1), SampleHistory.Of("2025-03-01T12:00:00Z", 2, "a")]);

        Assert.Equal([true, false], verdicts.Select(verdict => verdict.IsKept));
        Assert.Equal("has tags []", Assert.Single(verdicts[0].Matches).ToString());
    }

    [Fact]
    public void A_negative_count_is_refused() =>
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => new PolicyEvaluation(new KeepPolicy { Daily = -2 }, Clock).Apply([])).Kind);
}
