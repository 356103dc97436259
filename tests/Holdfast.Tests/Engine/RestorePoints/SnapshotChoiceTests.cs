using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.RestorePoints;

public sealed class SnapshotChoiceTests
{
    private static readonly ManualTimeProvider Clock = new(DateTimeOffset.Parse("2026-06-10T12:00:00Z", null));
    private static readonly StoredSnapshot First = Make("a1", "2026-06-01T00:00:00Z", "app=shop");
    private static readonly StoredSnapshot Second = Make("b2", "2026-06-02T00:00:00Z", "app=shop", "nightly");
    private static readonly StoredSnapshot Other = Make("c3", "2026-06-03T00:00:00Z", "app=blog") with { };
    private static readonly StoredSnapshot Safety = Make("d4", "2026-06-04T00:00:00Z", "app=shop", SafetyTag.Value);
    private static readonly StoredSnapshot Future = Make("e5", "2027-01-01T00:00:00Z", "app=shop");

    [Fact]
    public void Latest_is_the_newest_of_the_application_and_never_a_safety_snapshot()
    {
        Assert.Same(Second, Choose([First, Second, Other, Safety], new() { DefaultApplication = "shop" }).Snapshot);
        Assert.Same(Second, Choose([First, Second, Other, Safety], new() { Id = "latest", DefaultApplication = "shop" }).Snapshot);
        Assert.Same(Other, Choose([First, Second, Other, Safety], new()).Snapshot);
        Assert.Same(Other, Choose([First, Second, Other], new() { DefaultApplication = "shop", Filter = new() { Application = "blog" } }).Snapshot);
        Assert.Same(Safety, Choose([First, Safety], new() { Id = "d4" }).Snapshot);
    }

    [Fact]
    public void Before_takes_the_newest_at_or_before_the_time()
    {
        Assert.Same(First, Before("2026-06-01T23:59:59.9999999Z"));
        Assert.Same(Second, Before("2026-06-02T00:00:00Z"));
        Assert.Same(Second, Before("2026-06-02T02:00:00+02:00"));
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => Before("2026-05-31T00:00:00Z")).Kind);

        static StoredSnapshot Before(string time) => Choose([Second, First], new() { Filter = new() { Before = DateTimeOffset.Parse(time, null) } }).Snapshot;
    }

    [Fact]
    public void Proven_and_before_are_both_met()
    {
        var options = new SnapshotChoiceOptions { Filter = new() { Proven = true, Before = DateTimeOffset.Parse("2026-06-05T00:00:00Z", null) } };

        Assert.Same(First, Choose([First, Second, Other], options, First).Snapshot);
        Assert.Contains("proven", Assert.Throws<HoldfastException>(() => Choose([First, Second], options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_suspicious_snapshot_takes_the_place_of_no_proven_one_unasked()
    {
        var suspicious = Make("f6", "2026-06-05T00:00:00Z", "app=shop", SuspiciousTag.Value);
        StoredSnapshot[] all = [First, Second, suspicious];
        var restore = new SnapshotChoiceOptions { DefaultApplication = "shop", RefuseDoubtful = true };

        var error = Assert.Throws<HoldfastException>(() => Choose(all, restore, Second, suspicious));
        Assert.Contains("is suspicious", error.Message, StringComparison.Ordinal);
        Assert.Contains(Second.Id.Short, error.Message, StringComparison.Ordinal);
        Assert.Contains("--proven", error.Hint, StringComparison.Ordinal);
        Assert.Same(Second, Choose(all, restore with { Filter = new() { Proven = true } }, Second, suspicious).Snapshot);
        Assert.Same(suspicious, Choose(all, restore with { Id = "f6" }, Second).Snapshot);
        var unproven = Choose(all, restore);
        Assert.Same(suspicious, unproven.Snapshot);
        Assert.Contains("is suspicious", Assert.Single(unproven.Warnings), StringComparison.Ordinal);
        Assert.Single(Choose(all, restore with { RefuseDoubtful = false }, Second).Warnings);
    }

    [Fact]
    public void Host_tag_and_path_narrow_the_choice()
    {
        var elsewhere = Second with { Id = Pad("f6"), Snapshot = Second.Snapshot with { Hostname = "db", Paths = ["/srv", "/etc"] } };
        StoredSnapshot[] all = [First, Second, Other, elsewhere];

        Assert.Same(Second, Choose(all, new() { Filter = new() { Tags = ["nightly", "app=shop"], Hosts = ["web"] } }).Snapshot);
        Assert.Same(elsewhere, Choose(all, new() { Filter = new() { Hosts = ["db", "mail"] } }).Snapshot);
        Assert.Same(elsewhere, Choose(all, new() { Filter = new() { Paths = ["/etc", "/srv"] } }).Snapshot);
    }

    [Fact]
    public void One_of_the_future_is_passed_over_with_a_warning_while_there_is_another()
    {
        var chosen = Choose([First, Future], new());
        Assert.Same(First, chosen.Snapshot);
        Assert.Contains(Future.Id.Short, Assert.Single(chosen.Warnings), StringComparison.Ordinal);

        foreach (var id in new[] { null, "e5" })
        {
            var only = Choose([Future], new() { Id = id });
            Assert.Same(Future, only.Snapshot);
            Assert.Contains("future", Assert.Single(only.Warnings), StringComparison.Ordinal);
        }

        var tomorrow = Make("ab", "2026-06-11T11:00:00Z");
        Assert.Same(tomorrow, Choose([First, tomorrow], new()).Snapshot);
        Assert.Empty(Choose([First, tomorrow], new()).Warnings);
    }

    [Fact]
    public void Of_equal_times_the_descendant_is_newer()
    {
        var parent = Make("ff", "2026-06-02T00:00:00Z");
        var child = parent with { Id = Pad("11"), Snapshot = parent.Snapshot with { Parent = parent.Id } };
        var grandchild = parent with { Id = Pad("05"), Snapshot = parent.Snapshot with { Parent = child.Id } };

        Assert.Same(grandchild, Choose([parent, grandchild, child, First], new()).Snapshot);
        Assert.Equal([First, parent, child, grandchild], SnapshotOrder.OldestFirst([grandchild, child, parent, First]));
    }

    [Fact]
    public void Parents_in_a_circle_end_too()
    {
        var one = First with { Snapshot = First.Snapshot with { Parent = Second.Id } };
        var two = Second with { Snapshot = First.Snapshot with { Parent = First.Id } };

        Assert.Equal(2, SnapshotOrder.OldestFirst([one, two]).Count);
    }

    [Fact]
    public void An_ID_with_a_filter_is_refused()
    {
        var error = Assert.Throws<HoldfastException>(() => Choose([First], new() { Id = "a1", Filter = new() { Proven = true } }));

        Assert.Equal(FailureKind.Usage, error.Kind);
    }

    [Fact]
    public void One_that_cannot_be_read_may_be_the_latest()
    {
        var choice = new SnapshotChoice(new SnapshotListing([First], [new DamagedSnapshot(Pad("dd"), "snapshot dd is damaged")]), _ => false, Clock);

        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => choice.Choose(new())).Kind);
        Assert.Same(First, choice.Choose(new() { Id = "a1" }).Snapshot);
    }

    [Fact]
    public void The_previous_one_is_of_the_same_application_and_host()
    {
        StoredSnapshot[] all = [First, Second, Other, Safety, Future];
        Assert.Same(Second, PreviousSnapshot.Of(Future, all));
        Assert.Same(First, PreviousSnapshot.Of(Second, all));
        Assert.Null(PreviousSnapshot.Of(First, all));
        Assert.Null(PreviousSnapshot.Of(Other, all));

        var plain = Make("01", "2026-06-05T00:00:00Z");
        var otherPaths = Make("02", "2026-06-06T00:00:00Z") with { };
        otherPaths = otherPaths with { Snapshot = otherPaths.Snapshot with { Paths = ["/etc"] } };
        var again = Make("03", "2026-06-07T00:00:00Z");
        Assert.Same(plain, PreviousSnapshot.Of(again, [.. all, plain, otherPaths, again]));
    }

    private static ChosenSnapshot Choose(StoredSnapshot[] snapshots, SnapshotChoiceOptions options, params StoredSnapshot[] proven) =>
        new SnapshotChoice(new SnapshotListing(snapshots, []), proven.Contains, Clock).Choose(options);

    private static StoredSnapshot Make(string id, string time, params string[] tags) => new(
        Pad(id),
        new Snapshot { Time = Timestamp.Parse(time), Tree = Id.Of("tree"u8), Hostname = "web", Paths = ["/srv"], Tags = tags });

    private static Id Pad(string id) => Id.Parse(id.PadRight(64, '0'));
}
