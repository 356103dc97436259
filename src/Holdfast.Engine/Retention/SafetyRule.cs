using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// Safety snapshots are there to take a restore back: they are kept for a time that is counted from the newest snapshot of their application and not
/// from the clock, which may be wrong. Where an application has nothing else, the newest one stays.
/// </summary>
internal sealed class SafetyRule
{
    private readonly CalendarSpan _span;
    private readonly Dictionary<string, Timestamp> _after = new(StringComparer.Ordinal);
    private readonly HashSet<Id> _onlyOnes = [];

    internal SafetyRule(CalendarSpan span, IReadOnlyList<StoredSnapshot> snapshots, Timestamp now, TimeZoneInfo zone)
    {
        _span = span;
        foreach (var application in snapshots.Where(stored => stored.Snapshot.Time <= now).GroupBy(ApplicationOf, StringComparer.Ordinal))
        {
            var newest = application.MaxBy(stored => (stored.Snapshot.Time, stored.Id))!;
            _after[application.Key] = span.Before(newest.Snapshot.Time, zone);
            if (application.All(stored => SafetyTag.IsOn(stored.Snapshot))) _onlyOnes.Add(newest.Id);
        }
    }

    internal ForgetDecision Decide(StoredSnapshot stored)
    {
        if (stored.Snapshot.Time > _after[ApplicationOf(stored)]) return Decision(stored, isKept: true, $"safety snapshot, within {_span} of the newest");
        return _onlyOnes.Contains(stored.Id)
            ? Decision(stored, isKept: true, "safety snapshot, and all there is of the application")
            : Decision(stored, isKept: false, _span.IsZero ? "safety snapshots are not kept" : $"safety snapshot, older than {_span} before the newest");
    }

    private static ForgetDecision Decision(StoredSnapshot stored, bool isKept, string text) =>
        new(stored, isKept, [new RetentionReason(RetentionReasonKind.Safety, text)], null);

    private static string ApplicationOf(StoredSnapshot stored) => ApplicationTag.ApplicationOf(stored.Snapshot.Tags) ?? string.Empty;
}
