using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Copying;

/// <summary>Whether two snapshots say the same but for what a copy changes: the parent and the origin.</summary>
internal static class SnapshotLikeness
{
    internal static bool AreAlike(Snapshot left, Snapshot right) =>
        // The same instant may be written in two zones.
        left.Time.CompareTo(right.Time) == 0
        && left.Tree == right.Tree
        && (left.Hostname ?? string.Empty) == (right.Hostname ?? string.Empty)
        && (left.Username ?? string.Empty) == (right.Username ?? string.Empty)
        && left.Uid == right.Uid
        && left.Gid == right.Gid
        && AreSame(left.Paths, right.Paths)
        && AreSame(left.Tags, right.Tags)
        && left.Excludes.SequenceEqual(right.Excludes, StringComparer.Ordinal);

    /// <summary>In any order.</summary>
    private static bool AreSame(IReadOnlyList<string> left, IReadOnlyList<string> right) =>
        left.Order(StringComparer.Ordinal).SequenceEqual(right.Order(StringComparer.Ordinal), StringComparer.Ordinal);
}
