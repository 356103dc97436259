using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Retention;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Engine.Retention;

public sealed class SnapshotCopiesTests
{
    private static readonly StoredSnapshot One = Make("one", "1");
    private static readonly StoredSnapshot Two = Make("two", "2");
    private static readonly StoredSnapshot Last = Make("last", "3");

    [Fact]
    public void One_that_is_named_in_any_repository_is_meant_in_all_and_what_was_repaired_is_not()
    {
        var copy = Copy(One);
        var repaired = Copy(One) with { Id = Id.Of("repaired"u8) };
        repaired = repaired with { Snapshot = repaired.Snapshot with { Tree = Id.Of("mended"u8) } };
        SnapshotListing near = new([One, Two, Last], []), far = new([Copy(Last), copy, repaired], []), without = new([Copy(Last)], []);

        foreach (var named in (StoredSnapshot[])[One, copy])
        {
            var copies = SnapshotCopies.Named([named.Id.Short], [near, far, without]);

            Assert.Equal([One.Id], Removed(copies, near));
            Assert.Equal([copy.Id], Removed(copies, far));
            Assert.Empty(Removed(copies, without));
        }
    }

    [Fact]
    public void What_no_repository_has_is_told() =>
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => SnapshotCopies.Named([Two.Id.Short], [new([One], []), new([Copy(Last)], [])])).Kind);

    [Fact]
    public void An_ID_that_begins_different_ones_is_refused()
    {
        var same = Make("other", "9") with { Id = One.Id };

        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => SnapshotCopies.Named([One.Id.Short], [new([One], []), new([same], [])])).Kind);
    }

    private static IEnumerable<Id> Removed(SnapshotCopies copies, SnapshotListing listing) =>
        new NamedRemoval([], isForced: false, ProofBook.Empty, TimeProvider.System) { Copies = copies }.Plan(listing).Removals.Select(stored => stored.Id);

    private static StoredSnapshot Copy(StoredSnapshot stored) => new(
        Id.Of([.. stored.Id.ToString().Select(letter => (byte)letter)]), stored.Snapshot with { Original = stored.Id });

    private static StoredSnapshot Make(string name, string content) => new(
        Id.Of(System.Text.Encoding.UTF8.GetBytes(name)),
        new Snapshot
        {
            Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch),
            Tree = Id.Of(System.Text.Encoding.UTF8.GetBytes(content)),
            Paths = ["/srv"],
            Hostname = "host",
            Tags = [ApplicationTag.Of("shop")],
        });
}
