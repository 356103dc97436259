using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>Removes exactly the snapshots that are named; no policy is asked.</summary>
/// <param name="ids">The beginnings of IDs.</param>
/// <param name="isForced">Also what an application relies on.</param>
/// <param name="book">What this machine knows to be proven.</param>
/// <param name="clock">Says what is the future.</param>
public sealed class NamedRemoval(IReadOnlyList<string> ids, bool isForced, ProofBook book, TimeProvider clock)
{
    /// <summary>What the IDs mean in several repositories; null for this one alone.</summary>
    public SnapshotCopies? Copies { get; init; }

    /// <exception cref="HoldfastException">
    /// Usage: not an ID, or the beginning of several. NotFound. Damaged: it cannot be read. Failed: an application relies on it, and it is not forced.
    /// </exception>
    public ForgetPlan Plan(SnapshotListing listing)
    {
        var named = (Copies?.In(listing) ?? ids.Select(id => Resolve(listing, id))).DistinctBy(stored => stored.Id).ToList();
        if (!isForced) RefuseReliedOn(listing.Readable, named);
        var decisions = named.OrderByDescending(stored => (stored.Snapshot.Time, stored.Id))
            .Select(stored => new ForgetDecision(stored, IsKept: false, [new RetentionReason(RetentionReasonKind.Named, "named by its ID")], null));
        return new ForgetPlan { Groups = [new ForgetGroup(new RetentionGroup(null, new SnapshotGroupKey(null, null, null)), [.. decisions])] };
    }

    internal static StoredSnapshot Resolve(SnapshotListing listing, string id) => id == SnapshotSelection.Latest
        ? throw new HoldfastException(FailureKind.Usage, $"`{SnapshotSelection.Latest}` is another one tomorrow: what is removed is named by its ID", "`holdfast list` shows the IDs")
        : SnapshotSelection.Resolve(listing, id, SnapshotFilter.All);

    private void RefuseReliedOn(IReadOnlyList<StoredSnapshot> snapshots, List<StoredSnapshot> named)
    {
        var relied = new ProtectedSnapshots(snapshots, book, Timestamp.FromDateTimeOffset(clock.GetUtcNow()));
        if (named.Find(relied.Contains) is { } proven)
        {
            throw new HoldfastException(
                FailureKind.Failed,
                $"snapshot {proven.Id.Short} is {relied.ReasonFor(proven)}",
                "prove a newer one first with `holdfast drill`; to remove it all the same, give --force");
        }

        var gone = named.Select(stored => stored.Id).ToHashSet();
        foreach (var history in ApplicationHistory.Of(snapshots.Where(IsRestorePoint)).Where(history => history.Any(stored => gone.Contains(stored.Id))))
        {
            if (history.Any(stored => !gone.Contains(stored.Id))) continue;
            var of = ApplicationOf(history[0]) is not { } application ? string.Empty
                : $" of the application {Quoted.Escape(application, longest: 100)} on the host {Quoted.Escape(history[0].Snapshot.Hostname ?? string.Empty, longest: 100)}";
            throw new HoldfastException(FailureKind.Failed, $"no restore point{of} would be left", "to remove the last one all the same, give --force");
        }
    }

    private static bool IsRestorePoint(StoredSnapshot stored) => !SafetyTag.IsOn(stored.Snapshot);

    private static string? ApplicationOf(StoredSnapshot stored) => ApplicationTag.ApplicationOf(stored.Snapshot.Tags);
}
