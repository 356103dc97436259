using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Retention;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Retention;

/// <summary>The clock is five years ahead now, and was so when the newest snapshots were made: none is of the future.</summary>
public sealed class ClockJumpTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 2, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Ahead = Start.AddDays(1800);
    private static readonly KeepPolicy Week = new() { Within = new CalendarSpan(0, 0, 7, 0) };

    private static IEnumerable<DateTimeOffset> Daily => Enumerable.Range(0, 10).Select(day => Start.AddDays(day));

    [Fact]
    public void A_gap_that_alone_makes_all_from_before_too_old_stops_the_run()
    {
        var error = Assert.Throws<HoldfastException>(() => Plan(Week, [.. Daily, Ahead]));

        Assert.Equal(FailureKind.Failed, error.Kind);
        Assert.Contains("for 1791 days", error.Message, StringComparison.Ordinal);
        Assert.Contains("7 snapshots from before too old", error.Message, StringComparison.Ordinal);
        Assert.Contains("--accept-gap", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_it_is_accepted_the_plan_says_what_it_hangs_on()
    {
        var plan = Plan(Week, [.. Daily, Ahead], accepts: true);

        Assert.Equal(10, plan.Removals.Count);
        Assert.Contains(plan.Notices, notice => notice.Contains("for 1791 days", StringComparison.Ordinal));
    }

    [Fact]
    public void Several_snapshots_with_the_wrong_time_do_not_hide_it() =>
        Assert.Throws<HoldfastException>(() => Plan(Week, [.. Daily, Ahead.AddDays(-1), Ahead.AddHours(-3), Ahead]));

    [Fact]
    public void It_is_over_when_the_newer_ones_cover_the_time_themselves() =>
        Assert.Equal(10, Plan(Week, [.. Daily, .. Enumerable.Range(0, 9).Select(day => Ahead.AddDays(-day))]).Removals.Count(stored => stored.Snapshot.Time.ToDateTimeOffset() < Start.AddDays(30)));

    [Fact]
    public void A_safety_snapshot_from_before_does_not_go_by_it_either()
    {
        var policy = new KeepPolicy { Last = 5 };
        var safety = Of(Start.AddDays(8), SafetyTag.Value);

        Assert.Throws<HoldfastException>(() => Plan(policy, [.. Daily.Select(time => Of(time)), safety, Of(Ahead)]));
        Assert.Equal(safety, Plan(policy, [.. Daily.Select(time => Of(time)), safety, Of(Ahead)], accepts: true).Removals.Single(stored => stored.Id == safety.Id));
        // One that was too old before the gap began is no matter of it.
        Plan(policy, [Of(Start.AddDays(-60), SafetyTag.Value), .. Daily.Select(time => Of(time)), Of(Ahead)]);
    }

    [Fact]
    public void Rules_that_count_do_not_hang_on_time_and_stop_nothing() =>
        Assert.Equal(4, Plan(Week with { Last = 7 }, [.. Daily, Ahead]).Removals.Count);

    [Fact]
    public void Where_backups_are_rare_a_long_time_without_one_is_nothing_special() =>
        Assert.Equal(5, Plan(Week, [.. Enumerable.Range(0, 6).Select(month => Ahead.AddDays(-31 * month))]).Removals.Count);

    private static ForgetPlan Plan(KeepPolicy policy, DateTimeOffset[] times, bool accepts = false) => Plan(policy, [.. times.Select(time => Of(time))], accepts);

    private static ForgetPlan Plan(KeepPolicy policy, StoredSnapshot[] snapshots, bool accepts = false) =>
        new RetentionPlanner(new RetentionOptions { Policy = policy, AcceptsGap = accepts }, ProofBook.Empty, new ManualTimeProvider(Ahead.AddHours(1))).Plan(new SnapshotListing(snapshots, []));

    private static StoredSnapshot Of(DateTimeOffset time, params string[] tags) => new(
        Id.Of([.. BitConverter.GetBytes(time.Ticks), (byte)tags.Length]),
        new Snapshot { Time = Timestamp.FromDateTimeOffset(time), Tree = Id.Of("tree"u8), Paths = ["/data"], Hostname = "a", Tags = ["app=shop", .. tags] });
}
