using System.Globalization;
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

public sealed class RetentionPlannerTests
{
    private const string Shop = "app=shop";

    // Snapshots are of 2026-01-DD 02:00.
    private static readonly ManualTimeProvider Clock = new(new DateTimeOffset(2026, 1, 20, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_empty_policy_is_refused() =>
        Assert.Equal(FailureKind.Usage, Refused(new KeepPolicy(), [Day(1, Shop)]).Kind);

    [Fact]
    public void A_policy_that_keeps_nothing_of_a_group_is_refused()
    {
        var error = Refused(new KeepPolicy { TagSets = [["keep"]] }, [Day(1, Shop, "keep"), Day(2, "app=other")]);

        Assert.Equal(FailureKind.Failed, error.Kind);
        Assert.Contains("application other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_proven_one_is_kept_whatever_the_policy_says()
    {
        var snapshots = new[] { Day(1, Shop), Day(2, Shop), Day(3, Shop), Day(4, Shop) };

        var plan = Plan(new KeepPolicy { Last = 1 }, snapshots, proven: [1, 2]);

        Assert.Equal([2, 4], Kept(plan));
        Assert.Equal(RetentionReasonKind.LastProven, Assert.Single(Decision(plan, 2).Reasons).Kind);
    }

    [Fact]
    public void What_is_proven_elsewhere_is_kept_beside_what_is_proven_here()
    {
        var copy = Day(3, Shop) with { Id = Id.Of("copy"u8) };
        StoredSnapshot[] snapshots = [Day(1, Shop), Day(2, Shop), copy with { Snapshot = copy.Snapshot with { Original = Day(3).Id, Tree = Id.Of("other"u8) } }, Day(4, Shop), Day(5, Shop)];

        // By content, and where older records know no content, by what it is a copy of.
        foreach (var drill in (DrillRecord[])[Drill(3, true), Drill(4, true) with { Snapshot = Id.Of("unknown"u8), Tree = Day(4).Snapshot.Tree }])
        {
            var plan = Plan(new KeepPolicy { Last = 1 }, snapshots, new ProofBook([Drill(1, true)]) { Elsewhere = [drill] });

            Assert.Equal([1, drill.Tree is null ? 3 : 4, 5], Kept(plan));
            Assert.Empty(plan.Findings);
        }
    }

    [Fact]
    public void What_a_drill_here_has_refuted_is_not_kept_because_it_is_proven_elsewhere()
    {
        var book = new ProofBook([Drill(2, false) with { Snapshot = Day(2).Id }]) { Elsewhere = [Drill(2, true), Drill(1, true)] };

        Assert.Equal([1, 4], Kept(Plan(new KeepPolicy { Last = 1 }, [Day(1, Shop), Day(2, Shop), Day(3, Shop), Day(4, Shop)], book)));
    }

    [Fact]
    public void What_a_check_found_hurt_is_kept_until_it_is_mended_or_another_one_is_proven()
    {
        var lost = DrillCheck.Serialize([new DrillCheck(ProofWithdrawal.CheckName, "the repository", Passed: false, null, 0)]);
        StoredSnapshot[] snapshots = [Day(1, Shop), Day(2, Shop), Day(3, Shop), Day(4, Shop)];

        Assert.Equal([1, 2, 4], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, new ProofBook([Drill(1, true), Drill(2, false) with { ChecksJson = lost }]))));
        Assert.Equal([3, 4], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, new ProofBook([Drill(2, false) with { ChecksJson = lost }, Drill(3, true)]))));
    }

    [Fact]
    public void Where_nothing_is_known_to_be_proven_a_removal_is_a_finding_unless_that_is_meant()
    {
        StoredSnapshot[] snapshots = [Day(1, Shop), Day(2, Shop), Day(3, "app=other", SafetyTag.Value), Day(4, "app=other")];

        Assert.EndsWith("when that is meant", Assert.Single(Findings(last: 1, [], accepts: false)), StringComparison.Ordinal);
        Assert.Contains("proven of the application shop on the host a, so", Findings(last: 1, [], accepts: false)[0], StringComparison.Ordinal);
        Assert.Empty(Findings(last: 1, [2], accepts: false));
        // Safety snapshots go by their age, and prove nothing.
        Assert.Empty(Findings(last: 2, [], accepts: false));
        Assert.Empty(Findings(last: 1, [], accepts: true));

        IReadOnlyList<string> Findings(int last, int[] proven, bool accepts) =>
            Plan(new KeepPolicy { Last = last }, snapshots, proven, options => options with { Safety = default, AcceptsUnproven = accepts }).Findings;
    }

    [Fact]
    public void Every_application_and_every_group_keeps_its_last_proven_one()
    {
        // The group of the other host is proven only long ago; the application is proven here.
        var snapshots = new[] { Day(1, Shop) with { }, OnHost("b", Day(2, Shop)), OnHost("b", Day(3, Shop)), Day(4, Shop), Day(5, Shop), Day(6, "app=other"), Day(7, "app=other") };

        var plan = Plan(new KeepPolicy { Last = 1 }, snapshots, proven: [1, 2, 4, 6]);

        Assert.Equal([2, 3, 4, 5, 6, 7], Kept(plan));
    }

    [Fact]
    public void A_proof_of_the_future_does_not_take_the_place_of_a_real_one()
    {
        var snapshots = new[] { Day(1, Shop), Day(2, Shop), Day(30, Shop) };

        var plan = Plan(new KeepPolicy { Last = 1 }, snapshots, proven: [1, 30], options => options with { AcceptsFuture = true });

        Assert.Equal([1, 2, 30], Kept(plan));
    }

    [Fact]
    public void A_snapshot_more_than_a_day_ahead_stops_the_run()
    {
        var error = Refused(new KeepPolicy { Last = 1 }, [Day(1, Shop), Day(22, Shop)]);

        Assert.Equal(FailureKind.Failed, error.Kind);
        Assert.Contains("clock", error.Message, StringComparison.Ordinal);
        Assert.Contains("--accept-future", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_of_the_future_is_neither_counted_nor_removed()
    {
        var snapshots = new[] { Day(1, Shop), Day(2, Shop), Day(21, Shop), Day(25, Shop) };

        var plan = Plan(new KeepPolicy { Last = 1 }, snapshots, [], options => options with { AcceptsFuture = true });

        Assert.Equal([2, 21, 25], Kept(plan));
        Assert.Equal(RetentionReasonKind.Future, Decision(plan, 21).Reasons[0].Kind);
    }

    [Theory]
    [InlineData(SuspiciousTag.Value)]
    [InlineData(IncompleteTag.Value)]
    public void What_is_not_to_be_relied_on_pushes_nothing_out(string tag)
    {
        var snapshots = new[] { Day(1, Shop), Day(2, Shop), Day(3, Shop, tag), Day(4, Shop, tag) };

        var plan = Plan(new KeepPolicy { Last = 2 }, snapshots, []);

        Assert.Equal([1, 2, 3, 4], Kept(plan));
        Assert.All(Decision(plan, 1).Reasons, reason => Assert.Equal(RetentionReasonKind.Doubts, reason.Kind));
    }

    [Fact]
    public void What_failed_its_drill_pushes_nothing_out()
    {
        var plan = Plan(new KeepPolicy { Last = 1 }, [Day(1, Shop), Day(2, Shop), Day(3, Shop)], proven: [], failed: [3]);

        Assert.Equal([2, 3], Kept(plan));
    }

    [Fact]
    public void Safety_snapshots_take_no_place_and_go_after_their_time()
    {
        var snapshots = new[] { Day(1, Shop, SafetyTag.Value), Day(9, Shop, SafetyTag.Value), Day(10, Shop), Day(15, Shop, SafetyTag.Value), Day(16, Shop) };

        var plan = Plan(new KeepPolicy { Last = 2 }, snapshots, [], options => options with { Safety = new CalendarSpan(0, 0, 7, 0) });

        Assert.Equal([10, 15, 16], Kept(plan));
        Assert.Equal(RetentionReasonKind.Safety, Decision(plan, 9).Reasons[0].Kind);
    }

    [Fact]
    public void The_age_of_a_safety_snapshot_is_no_matter_of_the_clock()
    {
        var late = new ManualTimeProvider(new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var snapshots = new[] { Day(10, Shop, SafetyTag.Value), Day(16, Shop) };

        var plan = new RetentionPlanner(new RetentionOptions { Policy = new KeepPolicy { Last = 1 } }, ProofBook.Empty, late).Plan(new SnapshotListing(snapshots, []));

        Assert.Equal([10, 16], Kept(plan));
    }

    [Fact]
    public void The_newest_safety_snapshot_stays_where_there_is_nothing_else()
    {
        var snapshots = new[] { Day(1, Shop, SafetyTag.Value), Day(2, Shop, SafetyTag.Value) };

        var plan = Plan(new KeepPolicy { Last = 1 }, snapshots, [], options => options with { Safety = default });

        Assert.Equal([2], Kept(plan));
    }

    [Fact]
    public void What_another_host_or_another_folder_has_makes_no_safety_snapshot_old()
    {
        StoredSnapshot[] snapshots =
        [
            Day(1, Shop, SafetyTag.Value), Day(2, Shop, SafetyTag.Value),
            Of(OnHost("b", Day(3, Shop, SafetyTag.Value)), "/moved"), OnHost("b", Day(18, Shop)), OnHost("b", Day(19, Shop)),
            OnHost("c", Day(4, SafetyTag.Value)), OnHost("d", Day(17)),
        ];

        foreach (var grouping in (string[])["application,host", "application", "", "tags"])
        {
            var plan = Plan(
                new KeepPolicy { Last = 2 }, snapshots, [], options => options with { Safety = new CalendarSpan(0, 0, 7, 0), Grouping = RetentionGrouping.Parse(grouping) });

            Assert.Equal([1, 2, 3, 4, 18, 19], Kept(plan).Where(day => day != 17));
        }
    }

    [Fact]
    public void A_safety_snapshot_of_a_part_of_the_application_is_not_all_there_is_of_it()
    {
        StoredSnapshot[] snapshots = [Of(Day(1, Shop, SafetyTag.Value), "/data/shop.db"), Day(9, Shop)];

        Assert.Equal([9], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, [], options => options with { Safety = new CalendarSpan(0, 0, 7, 0) })));
    }

    [Fact]
    public void Imported_ones_stay_and_take_no_place()
    {
        var plan = Plan(new KeepPolicy { Last = 1 }, [Day(1, Shop, ImportedTag.Value), Day(2, Shop), Day(3, Shop), Day(4, Shop, ImportedTag.Value)], []);

        Assert.Equal([1, 3, 4], Kept(plan));
    }

    [Fact]
    public void Hosts_with_an_application_of_one_name_do_not_push_out_each_others()
    {
        var snapshots = new[] { Day(1, Shop), OnHost("b", Day(2, Shop)), Day(3, Shop), OnHost("b", Day(4, Shop)) };

        Assert.Equal([3, 4], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, [])));
        Assert.Equal([4], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, [], options => options with { Grouping = RetentionGrouping.Parse("application") })));
    }

    [Fact]
    public void Without_an_application_paths_make_a_group_and_with_one_they_do_not()
    {
        var snapshots = new[] { Of(Day(1), "/a"), Of(Day(2), "/b"), Of(Day(3, Shop), "/a"), Of(Day(4, Shop), "/b") };

        Assert.Equal([1, 2, 4], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, [])));
    }

    [Fact]
    public void What_the_filter_does_not_let_through_is_not_in_the_plan()
    {
        var filter = new SnapshotFilter { TagSets = [[Shop]] };

        var plan = Plan(new KeepPolicy { Last = 1 }, [Day(1, Shop), Day(2, Shop), Day(3, "app=other"), Day(30, "app=other")], [], options => options with { Filter = filter });

        Assert.Equal([2], Kept(plan));
        Assert.Equal([1], plan.Removals.Select(Number));
    }

    [Fact]
    public void Every_removal_has_a_reason_for_every_rule()
    {
        var policy = new KeepPolicy { Last = 1, Daily = 1, Within = new CalendarSpan(0, 0, 1, 0), TagSets = [["keep"]] };

        var plan = Plan(policy, [Day(1, Shop), Day(3, Shop)], []);

        Assert.Equal(
            ["tags: it has none of those that are kept", "within 1d of the newest: it is older", "last: 1 newer one is kept", "daily: 1 newer one is kept"],
            Decision(plan, 1).Reasons.Select(reason => reason.Text));
        Assert.Equal(
            ["within 1d of the newest", "last: one of the newest", "daily: the newest of the day 2026-01-03"], Decision(plan, 3).Reasons.Select(reason => reason.Text));
    }

    [Fact]
    public void The_oldest_goes_first() =>
        Assert.Equal([1, 2, 3], Plan(new KeepPolicy { Last = 1 }, [Day(2, Shop), Day(4, Shop), Day(1, Shop), Day(3, Shop)], []).Removals.Select(Number));

    [Fact]
    public void By_ID_the_last_proven_and_the_last_one_need_force()
    {
        var listing = new SnapshotListing([Day(1, Shop), Day(2, Shop), Day(3, "app=other")], []);
        var book = Book([1], []);

        Assert.Contains("last proven", Assert.Throws<HoldfastException>(() => Named(isForced: false, 1).Plan(listing)).Message, StringComparison.Ordinal);
        Assert.Contains("no restore point of the application other", Assert.Throws<HoldfastException>(() => Named(isForced: false, 3).Plan(listing)).Message, StringComparison.Ordinal);
        var elsewhere = new ProofBook([]) { Elsewhere = [Drill(2, true)] };
        Assert.Contains("proven elsewhere", Assert.Throws<HoldfastException>(() => new NamedRemoval([Day(2).Id.ToString()], false, elsewhere, Clock).Plan(listing)).Message, StringComparison.Ordinal);
        Assert.Equal([2], Named(isForced: false, 2).Plan(listing).Removals.Select(Number));
        Assert.Equal([1, 2, 3], Named(isForced: true, 3, 1, 2).Plan(listing).Removals.Select(Number));
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => new NamedRemoval(["latest"], false, book, Clock).Plan(listing)).Kind);

        NamedRemoval Named(bool isForced, params int[] days) => new([.. days.Select(day => Day(day).Id.ToString())], isForced, book, Clock);
    }

    [Fact]
    public void Unreadable_snapshots_are_told_and_stay()
    {
        var damaged = new DamagedSnapshot(Id.Of("x"u8), "it does not open");

        var plan = new RetentionPlanner(new RetentionOptions { Policy = new KeepPolicy { Last = 1 } }, ProofBook.Empty, Clock)
            .Plan(new SnapshotListing([Day(1, Shop), Day(2, Shop)], [damaged]));

        Assert.Equal([damaged], plan.Damaged);
        Assert.Equal([1], plan.Removals.Select(Number));
    }

    [Fact]
    public void Two_applications_of_one_name_each_keep_their_last_proven_one()
    {
        var policy = new KeepPolicy { Last = 1 };
        StoredSnapshot[] snapshots =
        [
            Day(1, Shop), Of(Day(2, Shop), "/other"), OnHost("b", Day(3, Shop)),
            Day(4, Shop), Of(Day(5, Shop), "/other"), OnHost("b", Day(6, Shop)),
        ];

        // By application alone, as `--group-by app` has it.
        var plan = Plan(policy, snapshots, [1, 2, 3], options => options with { Grouping = RetentionGrouping.Parse("application") });

        Assert.Equal([1, 2, 3, 6], Kept(plan));
    }

    [Fact]
    public void An_application_whose_paths_changed_little_by_little_is_one()
    {
        StoredSnapshot[] snapshots = [Paths(Day(1, Shop), "/a"), Paths(Day(2, Shop), "/c"), Paths(Day(3, Shop), "/a", "/b"), Paths(Day(4, Shop), "/b", "/c")];

        Assert.Equal([4], Kept(Plan(new KeepPolicy { Last = 1 }, snapshots, [1, 2, 3, 4], options => options with { Grouping = RetentionGrouping.Parse("application") })));

        static StoredSnapshot Paths(StoredSnapshot stored, params string[] paths) => stored with { Snapshot = stored.Snapshot with { Paths = paths } };
    }

    private static HoldfastException Refused(KeepPolicy policy, IReadOnlyList<StoredSnapshot> snapshots) =>
        Assert.Throws<HoldfastException>(() => Plan(policy, snapshots, []));

    private static ForgetPlan Plan(
        KeepPolicy policy, IReadOnlyList<StoredSnapshot> snapshots, int[] proven, Func<RetentionOptions, RetentionOptions>? with = null, int[]? failed = null)
    {
        var options = new RetentionOptions { Policy = policy };
        return new RetentionPlanner(with?.Invoke(options) ?? options, Book(proven, failed ?? []), Clock).Plan(new SnapshotListing(snapshots, []));
    }

    private static ForgetPlan Plan(KeepPolicy policy, IReadOnlyList<StoredSnapshot> snapshots, ProofBook book) =>
        new RetentionPlanner(new RetentionOptions { Policy = policy }, book, Clock).Plan(new SnapshotListing(snapshots, []));

    private static ProofBook Book(int[] proven, int[] failed) => new([.. proven.Select(day => Drill(day, true)), .. failed.Select(day => Drill(day, false))]);

    private static DrillRecord Drill(int day, bool isProven) => new()
    {
        Repository = Id.Of("repository"u8),
        Location = "/r",
        Snapshot = Day(day).Id,
        Proven = isProven,
        At = Clock.GetUtcNow(),
        Duration = TimeSpan.FromSeconds(1),
        Program = "test",
        ChecksJson = "[]",
    };

    private static StoredSnapshot Day(int day, params string[] tags) => new(
        Id.Of([(byte)day]),
        new Snapshot
        {
            Time = Timestamp.Parse(string.Create(CultureInfo.InvariantCulture, $"2026-01-{day:00}T02:00:00Z")),
            Tree = Id.Of([(byte)day, 1]),
            Paths = ["/data"],
            Hostname = "a",
            Tags = tags,
        });

    private static StoredSnapshot OnHost(string host, StoredSnapshot stored) => stored with { Snapshot = stored.Snapshot with { Hostname = host } };

    private static StoredSnapshot Of(StoredSnapshot stored, string path) => stored with { Snapshot = stored.Snapshot with { Paths = [path] } };

    private static int Number(StoredSnapshot stored) => stored.Snapshot.Time.ToDateTimeOffset().Day;

    private static IEnumerable<int> Kept(ForgetPlan plan) =>
        plan.Groups.SelectMany(group => group.Decisions).Where(decision => decision.IsKept).Select(decision => Number(decision.Stored)).Order();

    private static ForgetDecision Decision(ForgetPlan plan, int day) =>
        plan.Groups.SelectMany(group => group.Decisions).Single(decision => Number(decision.Stored) == day);
}
