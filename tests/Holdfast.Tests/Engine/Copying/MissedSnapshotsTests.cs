using System.Globalization;
using Holdfast.Engine.Copying;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Engine.Copying;

public sealed class MissedSnapshotsTests
{
    private static readonly IReadOnlySet<Id> Nothing = new HashSet<Id>();
    private static readonly MissedSnapshots OfShop = new(MissedSnapshots.SubjectOf("shop", "host"), At(100));

    [Fact]
    public void What_is_newer_than_the_newest_was_missed_and_what_is_older_was_forgotten()
    {
        StoredSnapshot[] source = [Make(1), Make(2), Make(3), Make(4)];
        StoredSnapshot[] target = [Copy(source[1])];

        Assert.Equal([source[2], source[3]], Missed(target, source));
    }

    [Fact]
    public void What_is_known_to_have_been_missed_is_given_however_old_it_is()
    {
        StoredSnapshot[] source = [Make(1), Make(2), Make(3), Make(4)];
        var known = new HashSet<Id> { source[1].Id, source[2].Id };

        var missed = OfShop.Of([Copy(source[2]), Make(9)], [("source", (IReadOnlyList<StoredSnapshot>)[.. source.Select(Copy)])], known, Nothing);

        Assert.Equal([source[1].Id], missed.Select(one => MissedSnapshots.OriginOf(one.Snapshot)));
    }

    [Fact]
    public void One_that_has_nothing_missed_all()
    {
        StoredSnapshot[] source = [Make(3), Make(1), Make(2)];

        Assert.Equal([source[1], source[2], source[0]], Missed([], source));
    }

    [Fact]
    public void A_copy_has_what_it_was_copied_from_in_both_directions()
    {
        var first = Make(5);
        var copy = Copy(first);
        var again = Copy(copy);

        Assert.Equal(MissedSnapshots.OriginOf(first), MissedSnapshots.OriginOf(again));
        Assert.Empty(Missed([Make(4), copy], first));
        Assert.Empty(Missed([Make(4), first], again));
    }

    [Fact]
    public void Other_applications_hosts_and_safety_snapshots_neither_count_nor_are_copied()
    {
        StoredSnapshot[] others = [Make(9, tag: "app=other"), Make(9, host: "elsewhere"), Make(9, "app=shop", SafetyTag.Value), Make(9, tag: "none")];
        var wanted = Make(3);

        Assert.Equal([wanted], Missed([Make(2), .. others], [wanted, .. others.Select(Copy)]));
    }

    [Fact]
    public void A_snapshot_of_the_future_hides_nothing()
    {
        var wanted = Make(3);

        Assert.Equal([wanted], Missed([Make(2), Make(500)], wanted));
    }

    [Fact]
    public void What_was_removed_on_purpose_does_not_come_back()
    {
        StoredSnapshot[] source = [Make(1), Make(2), Make(3)];
        var known = new HashSet<Id> { source[0].Id };
        var forgotten = new HashSet<Id> { source[0].Id, source[1].Id };

        var missed = OfShop.Of([], [("source", (IReadOnlyList<StoredSnapshot>)[.. source.Select(Copy)])], known, forgotten);

        Assert.Equal([source[2].Id], missed.Select(one => MissedSnapshots.OriginOf(one.Snapshot)));
    }

    [Fact]
    public void One_of_the_future_is_given_only_to_who_has_nothing_or_is_known_to_have_missed_it()
    {
        var (ahead, soon) = (Make(500_000), Make(5_000));

        Assert.Equal([soon], Missed([Make(2)], ahead, soon));
        Assert.Equal([soon, ahead], Missed([], ahead, soon));
        Assert.Equal([ahead], OfShop.Of([Make(2)], [("source", (IReadOnlyList<StoredSnapshot>)[ahead])], new HashSet<Id> { ahead.Id }, Nothing).Select(one => one.Snapshot));
    }

    [Fact]
    public void Several_sources_are_put_in_the_order_of_time_and_the_first_that_has_one_gives_it()
    {
        var (one, two, three) = (Make(1), Make(2), Make(3));
        (string, IReadOnlyList<StoredSnapshot>)[] sources = [("near", [one, three]), ("far", [Copy(one), two])];

        Assert.Equal([(one, "near"), (two, "far"), (three, "near")], OfShop.Of([], sources, Nothing, Nothing));
    }

    [Fact]
    public void Backups_of_paths_are_those_of_the_same_paths()
    {
        var paths = new MissedSnapshots(MissedSnapshots.SubjectOf(["/a", "/b"], "host"), At(100));
        StoredSnapshot Of(int second, params string[] at) => Make(second, tag: "x") is var made ? made with { Snapshot = made.Snapshot with { Paths = at } } : made;
        var wanted = Of(1, "/b", "/a");

        Assert.Equal([wanted], paths.Of([], [("s", (IReadOnlyList<StoredSnapshot>)[wanted, Of(2, "/a"), Make(3)])], Nothing, Nothing).Select(one => one.Snapshot));
    }

    [Fact]
    public void A_restore_point_is_one_wherever_it_is()
    {
        var (one, two) = (Make(1), Make(2));
        var tagged = Copy(two) with { Id = Id.Of("tagged"u8) };
        (string, IReadOnlyList<StoredSnapshot>)[] repositories = [("near", [two]), ("far", [Copy(one), Copy(two), tagged])];

        var spread = SpreadSnapshots.Of(repositories);

        Assert.Equal(["far", "far", "near far"], spread.Select(point => string.Join(' ', point.Copies.Select(copy => copy.At))).Order());
        Assert.Equal(Copy(one), spread[0].First);
        Assert.Contains(two, spread.Select(point => point.First));
    }

    private static IEnumerable<StoredSnapshot> Missed(StoredSnapshot[] target, params StoredSnapshot[] source) =>
        OfShop.Of(target, [("source", (IReadOnlyList<StoredSnapshot>)source)], Nothing, Nothing).Select(one => one.Snapshot);

    private static StoredSnapshot Copy(StoredSnapshot stored) => new(
        Id.Of([.. stored.Id.ToString().Select(letter => (byte)letter)]), stored.Snapshot with { Original = stored.Snapshot.Original ?? stored.Id });

    private static StoredSnapshot Make(int second, string tag = "app=shop", string? also = null, string host = "host")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{second} {tag} {also} {host}");
        return new StoredSnapshot(Id.Of([.. name.Select(letter => (byte)letter)]), new Snapshot
        {
            Time = At(second),
            Tree = Id.Of([(byte)second]),
            Paths = ["/srv/shop"],
            Hostname = host,
            Tags = also is null ? [tag] : [tag, also],
        });
    }

    private static Timestamp At(int second) => Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddSeconds(second));
}
