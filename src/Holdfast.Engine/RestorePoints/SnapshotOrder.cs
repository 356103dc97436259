using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Which of several snapshots is newer: the one of the later recorded time; of equal times the one that was made from the other; else the
/// ID decides, so that the answer does not depend on the order of listing.
/// </summary>
public static class SnapshotOrder
{
    public static IReadOnlyList<StoredSnapshot> OldestFirst(IReadOnlyCollection<StoredSnapshot> snapshots)
    {
        var generations = Generations(snapshots);
        return [.. snapshots
            .OrderBy(stored => stored.Snapshot.Time)
            .ThenBy(stored => generations[stored.Id])
            .ThenBy(stored => stored.Id)];
    }

    /// <summary>How many ancestors of each are among the snapshots: an ancestor always has fewer than its descendants.</summary>
    private static Dictionary<Id, int> Generations(IReadOnlyCollection<StoredSnapshot> snapshots)
    {
        var parents = snapshots.ToDictionary(stored => stored.Id, stored => stored.Snapshot.Parent);
        var generations = new Dictionary<Id, int>(parents.Count);
        var line = new Stack<Id>();
        foreach (var id in parents.Keys)
        {
            // A line cannot come back to itself, because IDs are hashes of what names the parent; and if it did, it ends here.
            Id? next = id;
            while (next is { } one && parents.ContainsKey(one) && !generations.ContainsKey(one) && line.Count < parents.Count)
            {
                line.Push(one);
                next = parents[one];
            }

            var generation = next is { } known ? generations.GetValueOrDefault(known, -1) : -1;
            while (line.TryPop(out var descendant)) generations[descendant] = ++generation;
        }

        return generations;
    }
}
