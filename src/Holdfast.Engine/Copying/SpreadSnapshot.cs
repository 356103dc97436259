using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Copying;

/// <summary>One restore point in all repositories that have it. Each copy has an ID of its own, and remembers that of the first.</summary>
/// <param name="Copies">In the order of the manifest; at least one.</param>
public sealed record SpreadSnapshot<T>(IReadOnlyList<(T At, StoredSnapshot Stored)> Copies)
{
    /// <summary>Where it is looked for first.</summary>
    public StoredSnapshot First => Copies[0].Stored;
}

/// <summary>Puts together what several repositories have.</summary>
public static class SpreadSnapshots
{
    /// <summary>The oldest first. Two of one origin in one repository, as after a change of tags on one side, stay two.</summary>
    public static IReadOnlyList<SpreadSnapshot<T>> Of<T>(IEnumerable<(T At, IReadOnlyList<StoredSnapshot> Snapshots)> repositories)
    {
        var spread = new Dictionary<(Id Origin, int Occurrence), List<(T At, StoredSnapshot Stored)>>();
        foreach (var (at, snapshots) in repositories)
        {
            foreach (var same in snapshots.GroupBy(MissedSnapshots.OriginOf))
            {
                foreach (var (occurrence, stored) in same.OrderBy(stored => (stored.Snapshot.Time, stored.Id)).Index())
                {
                    if (!spread.TryGetValue((same.Key, occurrence), out var copies)) spread.Add((same.Key, occurrence), copies = []);
                    copies.Add((at, stored));
                }
            }
        }

        return [.. spread.Values.Select(copies => new SpreadSnapshot<T>(copies)).OrderBy(one => (one.First.Snapshot.Time, one.First.Id))];
    }
}
