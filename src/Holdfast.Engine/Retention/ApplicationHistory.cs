using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// The snapshots of one application: of one name, on one host, and tied together by paths. Two applications of one name on a host have no path in
/// common, so that nothing but the snapshots has to be read to tell them apart; one whose paths have all changed counts as two, which keeps
/// more and never less. What is of no application is one history.
/// </summary>
internal static class ApplicationHistory
{
    internal static IEnumerable<IReadOnlyList<StoredSnapshot>> Of(IEnumerable<StoredSnapshot> snapshots) => snapshots
        .GroupBy(KeyOf)
        .SelectMany(group => group.Key.Application is null ? [[.. group]] : Tied(group));

    private static (string? Application, string? Host) KeyOf(StoredSnapshot stored) =>
        ApplicationTag.ApplicationOf(stored.Snapshot.Tags) is { } application ? (application, stored.Snapshot.Hostname) : (null, null);

    private static List<List<StoredSnapshot>> Tied(IEnumerable<StoredSnapshot> snapshots)
    {
        var byPath = new Dictionary<string, List<StoredSnapshot>>(StringComparer.Ordinal);
        var histories = new HashSet<List<StoredSnapshot>>();
        foreach (var stored in snapshots)
        {
            var known = stored.Snapshot.Paths.Select(path => byPath.GetValueOrDefault(path)).OfType<List<StoredSnapshot>>().Distinct().ToList();
            var history = known.Count > 0 ? known.MaxBy(list => list.Count)! : [];
            histories.Add(history);
            history.Add(stored);
            foreach (var path in stored.Snapshot.Paths) byPath[path] = history;
            foreach (var other in known.Where(list => list != history)) Join(other, history);
        }

        return [.. histories];

        void Join(List<StoredSnapshot> other, List<StoredSnapshot> history)
        {
            histories.Remove(other);
            history.AddRange(other);
            foreach (var path in other.SelectMany(stored => stored.Snapshot.Paths)) byPath[path] = history;
        }
    }
}
