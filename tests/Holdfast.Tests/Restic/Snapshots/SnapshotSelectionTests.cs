using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Restic.Snapshots;

public sealed class SnapshotSelectionTests
{
    private static readonly StoredSnapshot Old = Make("aa11", "2024-01-01T00:00:00Z", "web", ["/srv", "/etc"], ["daily"]);
    private static readonly StoredSnapshot Middle = Make("aa22", "2024-01-02T00:30:00+01:00", "db", ["/srv"], ["daily", "kept"]);
    private static readonly StoredSnapshot New = Make("bb33", "2024-01-02T00:00:00Z", "web", ["/srv"], []);
    private static readonly StoredSnapshot[] All = [New, Old, Middle];

    [Theory]
    [InlineData("aa11")]
    [InlineData("aa1")]
    [InlineData("AA1")]
    public void A_unique_beginning_is_enough(string prefix) =>
        Assert.Same(Old, SnapshotSelection.Resolve(All, prefix, SnapshotFilter.All));

    [Fact]
    public void A_full_id_is_found_whatever_the_filter() =>
        Assert.Same(Old, SnapshotSelection.Resolve(All, Old.Id.ToString(), new SnapshotFilter { Hosts = ["nowhere"] }));

    [Fact]
    public void Latest_is_by_instant_not_by_listing_or_clock_face() =>
        Assert.Same(New, SnapshotSelection.Resolve([New, Middle, Old], SnapshotSelection.Latest, SnapshotFilter.All));

    [Fact]
    public void Latest_respects_host_paths_and_tags()
    {
        Assert.Same(Middle, Latest(new SnapshotFilter { Hosts = ["db", "other"] }));
        Assert.Same(Old, Latest(new SnapshotFilter { Paths = ["/etc", "/srv"] }));
        Assert.Same(Middle, Latest(new SnapshotFilter { TagSets = [["kept", "daily"]] }));
        Assert.Same(Middle, Latest(new SnapshotFilter { TagSets = [["nothing"], ["daily"]] }));
        Assert.Same(Old, Latest(new SnapshotFilter { Hosts = ["web"], TagSets = [["daily"]] }));
    }

    [Fact]
    public void Of_equal_times_the_answer_does_not_depend_on_the_order()
    {
        var twin = New with { Id = Pad("cc") };
        Assert.Same(twin, SnapshotSelection.Resolve([twin, New], "latest", SnapshotFilter.All));
        Assert.Same(twin, SnapshotSelection.Resolve([New, twin], "latest", SnapshotFilter.All));
    }

    [Fact]
    public void What_cannot_be_read_is_not_passed_over_when_it_may_be_meant()
    {
        var damaged = new DamagedSnapshot(Pad("dd"), "snapshot dd is damaged");
        var listing = new SnapshotListing(All, [damaged]);
        foreach (var argument in new[] { "latest", "dd", "DD" })
        {
            var e = Assert.Throws<HoldfastException>(() => SnapshotSelection.Resolve(listing, argument, SnapshotFilter.All));
            Assert.Equal(FailureKind.Damaged, e.Kind);
            Assert.Contains(damaged.Why, e.Message, StringComparison.Ordinal);
        }

        Assert.Same(New, SnapshotSelection.Resolve(listing, "bb", SnapshotFilter.All));
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => SnapshotSelection.Resolve(listing, "ee", SnapshotFilter.All)).Kind);
        Assert.Same(New, SnapshotSelection.Resolve(listing with { Damaged = [] }, "latest", SnapshotFilter.All));
    }

    [Fact]
    public void An_ambiguous_beginning_names_the_candidates()
    {
        var e = Assert.Throws<HoldfastException>(() => SnapshotSelection.Resolve(All, "aa", SnapshotFilter.All));
        Assert.Equal(FailureKind.Usage, e.Kind);
        Assert.Contains(Old.Id.Short, e.Message, StringComparison.Ordinal);
        Assert.Contains(Middle.Id.Short, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(New.Id.Short, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dd", FailureKind.NotFound)]
    [InlineData("", FailureKind.Usage)]
    [InlineData("newest", FailureKind.Usage)]
    [InlineData("\u001b[31m", FailureKind.Usage)]
    public void What_cannot_be_found_is_said_without_control_characters(string argument, FailureKind kind)
    {
        var e = Assert.Throws<HoldfastException>(() => SnapshotSelection.Resolve(All, argument, SnapshotFilter.All));
        Assert.Equal(kind, e.Kind);
        Assert.DoesNotContain(e.Message, c => char.IsControl(c));
    }

    [Fact]
    public void Nothing_to_choose_from_is_not_found()
    {
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => SnapshotSelection.Resolve([], "latest", SnapshotFilter.All)).Kind);
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => Latest(new SnapshotFilter { Hosts = ["x"] })).Kind);
    }

    [Fact]
    public void The_parent_is_the_newest_of_the_host_with_all_paths_and_not_of_the_future()
    {
        var later = Timestamp.Parse("2025-01-01T00:00:00Z");
        Assert.Same(New, SnapshotSelection.FindParent(All, "web", ["/srv"], later));
        Assert.Same(New, SnapshotSelection.FindParent(All, "web", ["/srv"], New.Snapshot.Time));
        Assert.Same(Old, SnapshotSelection.FindParent(All, "web", ["/srv"], Timestamp.Parse("2024-01-01T23:59:59.999999999Z")));
        Assert.Same(Old, SnapshotSelection.FindParent(All, "web", ["/etc", "/srv"], later));
        Assert.Null(SnapshotSelection.FindParent(All, "web", ["/home"], later));
        Assert.Null(SnapshotSelection.FindParent(All, "other", ["/srv"], later));
    }

    private static StoredSnapshot Latest(SnapshotFilter filter) => SnapshotSelection.Resolve(All, SnapshotSelection.Latest, filter);

    private static StoredSnapshot Make(string id, string time, string host, string[] paths, string[] tags) => new(
        Pad(id),
        new Snapshot { Time = Timestamp.Parse(time), Tree = Id.Of("tree"u8), Hostname = host, Paths = paths, Tags = tags });

    private static Id Pad(string id) => Id.Parse(id.PadRight(64, '0'));
}
