using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Finds what a snapshot is compared with when nobody says: the one before it of the same application, or of the same paths, on the same host. Two
/// applications of one name have no path in common.
/// </summary>
public static class PreviousSnapshot
{
    /// <summary>Null when it is the first. Safety snapshots do not count.</summary>
    public static StoredSnapshot? Of(StoredSnapshot snapshot, IReadOnlyCollection<StoredSnapshot> all) =>
        SnapshotOrder.OldestFirst(all)
            .TakeWhile(other => other.Id != snapshot.Id)
            .LastOrDefault(other => !SafetyTag.IsOn(other.Snapshot) && IsSameSubject(snapshot.Snapshot, other.Snapshot));

    private static bool IsSameSubject(Snapshot one, Snapshot other)
    {
        if (!string.Equals(one.Hostname, other.Hostname, StringComparison.Ordinal)) return false;
        var application = ApplicationTag.ApplicationOf(one.Tags);
        return string.Equals(application, ApplicationTag.ApplicationOf(other.Tags), StringComparison.Ordinal)
            && (application is not null ? one.Paths.Intersect(other.Paths, StringComparer.Ordinal).Any() : one.Paths.ToHashSet(StringComparer.Ordinal).SetEquals(other.Paths));
    }
}
