using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// Safety snapshots are there to take a restore back: they are kept for a time that is counted from the newest snapshot of their application on their
/// host and not from the clock, which may be wrong. Where an application has nothing else, the newest one stays: what another host or another folder
/// has under the same name does not stand in for it.
/// </summary>
internal sealed class SafetyRule
{
    private readonly CalendarSpan _span;
    private readonly Dictionary<(string? Application, string? Host), Timestamp> _after = [];
    private readonly HashSet<Id> _onlyOnes = [];

    internal SafetyRule(CalendarSpan span, IReadOnlyList<StoredSnapshot> snapshots, Timestamp now, TimeZoneInfo zone)
    {
        _span = span;
        foreach (var subject in snapshots.Where(stored => stored.Snapshot.Time <= now).GroupBy(SubjectOf))
        {
            _after[subject.Key] = span.Before(subject.Max(stored => stored.Snapshot.Time), zone);
            var points = subject.Where(stored => !SafetyTag.IsOn(stored.Snapshot)).SelectMany(stored => stored.Snapshot.Paths).ToHashSet(StringComparer.Ordinal);
            foreach (var history in ApplicationHistory.Of(subject).Where(history => history.All(stored => SafetyTag.IsOn(stored.Snapshot))))
            {
                // One of a part of an application has paths of its own, which lie in those of its backups.
                if (!history.Any(stored => stored.Snapshot.Paths.Any(path => points.Any(point => AreOneInOther(path, point))))) _onlyOnes.Add(history.MaxBy(stored => (stored.Snapshot.Time, stored.Id))!.Id);
            }
        }
    }

    internal ForgetDecision Decide(StoredSnapshot stored)
    {
        if (stored.Snapshot.Time > _after[SubjectOf(stored)]) return Decision(stored, isKept: true, $"safety snapshot, within {_span} of the newest");
        return _onlyOnes.Contains(stored.Id)
            ? Decision(stored, isKept: true, "safety snapshot, and all there is of the application")
            : Decision(stored, isKept: false, _span.IsZero ? "safety snapshots are not kept" : $"safety snapshot, older than {_span} before the newest");
    }

    private static ForgetDecision Decision(StoredSnapshot stored, bool isKept, string text) =>
        new(stored, isKept, [new RetentionReason(RetentionReasonKind.Safety, text)], null);

    private static (string? Application, string? Host) SubjectOf(StoredSnapshot stored) => (ApplicationTag.ApplicationOf(stored.Snapshot.Tags), stored.Snapshot.Hostname);

    private static bool AreOneInOther(string one, string other) => IsIn(one, other) || IsIn(other, one);

    private static bool IsIn(string path, string folder) =>
        path == folder || path.StartsWith(folder.EndsWith('/') ? folder : folder + "/", StringComparison.Ordinal);
}
