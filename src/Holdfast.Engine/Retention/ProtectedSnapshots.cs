using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// The restore points to rely on, which are never removed by a policy: the last proven one of every application (two of one
/// name on different hosts or in different folders are two), of what is of no application, and of every group. What is of the future or was imported
/// stands in for none of these. Where a newer one is proven in another repository, or in this one at another address, its copy here stays beside it;
/// and so does one that was proven, and of which a check has found something lost that can perhaps be mended.
/// </summary>
internal sealed class ProtectedSnapshots
{
    private readonly Dictionary<Id, string> _reasons = [];

    /// <param name="snapshots">All of the repository.</param>
    /// <param name="book">What is proven.</param>
    /// <param name="now">What is later is of the future.</param>
    internal ProtectedSnapshots(IReadOnlyList<StoredSnapshot> snapshots, ProofBook book, Timestamp now)
    {
        foreach (var history in ApplicationHistory.Of(snapshots)) Add(history, book, now);
    }

    internal void Add(IReadOnlyList<StoredSnapshot> group, ProofBook book, Timestamp now)
    {
        var real = group.Where(stored => stored.Snapshot.Time <= now).ToList();
        foreach (var points in (List<StoredSnapshot>[])[real, [.. real.Where(stored => !stored.Snapshot.Tags.Contains(ImportedTag.Value))]])
        {
            if (book.LastProven(points, application: null) is { } last) _reasons[last.Id] = "the last proven restore point";
            if (book.LastProvenAnywhere(points) is { } anywhere) _reasons.TryAdd(anywhere.Id, "the last restore point that is proven elsewhere");
            if (book.LastOnceProven(points) is { } once) _reasons.TryAdd(once.Id, "the last restore point that was proven, until something of it was found hurt");
        }
    }

    internal bool Contains(StoredSnapshot stored) => _reasons.ContainsKey(stored.Id);

    /// <summary>Why it is never removed; null when it may be.</summary>
    internal string? ReasonFor(StoredSnapshot stored) => _reasons.GetValueOrDefault(stored.Id);
}
