using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Copying;

/// <summary>
/// What a repository has missed: the restore points of one subject that others have, it has not, and that are newer than its newest or known to have
/// been missed. Other older ones it may have had, and forgotten by a policy of its own; what was removed from it on purpose is none, either. Whoever copies in the order of time, the oldest first, leaves no
/// gap behind, wherever he is stopped.
/// </summary>
/// <param name="isWanted">Tells the snapshots of the subject; see <see cref="SubjectOf"/>.</param>
/// <param name="now">What is newer is of a wrong clock, and hides nothing.</param>
public sealed class MissedSnapshots(Func<Snapshot, bool> isWanted, Timestamp now)
{
    // A day, as where a policy is applied: clocks of hosts differ.
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <summary>The restore points of an application on a host.</summary>
    public static Func<Snapshot, bool> SubjectOf(string application, string host) => snapshot =>
        snapshot.Hostname == host && snapshot.Tags.Contains(ApplicationTag.Of(application)) && !snapshot.Tags.Contains(SafetyTag.Value);

    /// <summary>Backups of the same paths on a host that are of no application.</summary>
    public static Func<Snapshot, bool> SubjectOf(IReadOnlyCollection<string> paths, string host)
    {
        var wanted = paths.ToHashSet(StringComparer.Ordinal);
        return snapshot => snapshot.Hostname == host && ApplicationTag.ApplicationOf(snapshot.Tags) is null && wanted.SetEquals(snapshot.Paths);
    }

    /// <summary>The oldest first; each once, from the first that has it.</summary>
    /// <param name="target">All that the repository has.</param>
    /// <param name="sources">All that others have, in the order in which they are asked.</param>
    /// <param name="known">The IDs, where they were made, of those that are known to have been missed.</param>
    /// <param name="forgotten">The IDs, where they were made, of those that were removed from the repository on purpose.</param>
    public IReadOnlyList<(StoredSnapshot Snapshot, T Source)> Of<T>(
        IReadOnlyList<StoredSnapshot> target, IEnumerable<(T Source, IReadOnlyList<StoredSnapshot> Snapshots)> sources, IReadOnlySet<Id> known, IReadOnlySet<Id> forgotten)
    {
        var there = target.SelectMany(stored => new[] { stored.Id, OriginOf(stored) }).Concat(forgotten).ToHashSet();
        var times = target.Where(stored => isWanted(stored.Snapshot) && stored.Snapshot.Time <= now).Select(stored => stored.Snapshot.Time).ToList();
        Timestamp? newest = times.Count > 0 ? times.Max() : null;
        var missed = new List<(StoredSnapshot Snapshot, T Source)>();
        foreach (var (source, snapshots) in sources)
        {
            missed.AddRange(snapshots
                .Where(stored => isWanted(stored.Snapshot) && (IsNewer(stored.Snapshot.Time, newest) || known.Contains(OriginOf(stored))))
                .Where(stored => there.Add(OriginOf(stored)))
                .Select(stored => (stored, source)));
        }

        return [.. missed.OrderBy(one => one.Snapshot.Snapshot.Time).ThenBy(one => one.Snapshot.Id)];
    }

    // One of the future is newer than whatever is made until then: removed from one repository by whoever looks after it, it would come back with every backup.
    private bool IsNewer(Timestamp time, Timestamp? newest) => newest is not { } last || (time > last && time.ToDateTimeOffset() <= now.ToDateTimeOffset() + Tolerance);

    /// <inheritdoc cref="ForgottenSnapshots.OriginOf"/>
    public static Id OriginOf(StoredSnapshot stored) => ForgottenSnapshots.OriginOf(stored);
}
