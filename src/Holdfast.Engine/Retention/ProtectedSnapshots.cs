using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// The restore points to rely on, which are never removed by a policy: the last proven one of every application, of what is of no application, and of
/// every group. What is of the future or was imported stands in for none of these.
/// </summary>
internal sealed class ProtectedSnapshots
{
    private readonly HashSet<Id> _ids = [];

    /// <param name="snapshots">All of the repository.</param>
    /// <param name="book">What is proven.</param>
    /// <param name="now">What is later is of the future.</param>
    internal ProtectedSnapshots(IReadOnlyList<StoredSnapshot> snapshots, ProofBook book, Timestamp now)
    {
        foreach (var application in snapshots.GroupBy(stored => ApplicationTag.ApplicationOf(stored.Snapshot.Tags), StringComparer.Ordinal))
            Add([.. application], book, now);
    }

    internal void Add(IReadOnlyList<StoredSnapshot> group, ProofBook book, Timestamp now)
    {
        var real = group.Where(stored => stored.Snapshot.Time <= now).ToList();
        foreach (var points in (List<StoredSnapshot>[])[real, [.. real.Where(stored => !stored.Snapshot.Tags.Contains(ImportedTag.Value))]])
            if (book.LastProven(points, application: null) is { } last) _ids.Add(last.Id);
    }

    internal bool Contains(StoredSnapshot stored) => _ids.Contains(stored.Id);
}
