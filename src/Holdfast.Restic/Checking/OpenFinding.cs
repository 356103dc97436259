using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Checking;

/// <summary>A finding while what it hurts is still being looked for. Not thread-safe.</summary>
internal sealed class OpenFinding(CheckSeverity severity, CheckSubject subject, string message)
{
    private const int SnapshotsNamed = 10;
    private const int PathsNamed = 5;

    private readonly List<Harm> _harms = [];
    private readonly HashSet<Id> _hurt = [];
    private List<string> _paths = [];
    private Id _snapshot;
    private int _moreSnapshots;

    internal CheckSeverity Severity { get; set; } = severity;

    internal CheckSubject Subject => subject;

    internal string Message { get; set; } = message;

    /// <summary>All snapshots that it hurts, also those that are not named.</summary>
    internal IReadOnlySet<Id> HurtSnapshots => _hurt;

    internal bool IsHarmful => _harms.Count > 0;

    /// <summary>Snapshots must come one after another.</summary>
    internal void Hurts(StoredSnapshot snapshot, string path)
    {
        if (_harms.Count == 0 || snapshot.Id != _snapshot) Begin(snapshot);
        if (_moreSnapshots > 0) return;
        if (_paths.Count < PathsNamed) _paths.Add(path);
        else _harms[^1] = _harms[^1] with { MorePaths = _harms[^1].MorePaths + 1 };
    }

    /// <summary>The snapshot file itself cannot be read.</summary>
    internal void HurtsAllOf(Id snapshot)
    {
        _hurt.Add(snapshot);
        _harms.Add(new Harm(snapshot, null, ["/"], 0));
    }

    internal CheckFinding ToFinding() => new(Severity, subject, Message, _harms, _moreSnapshots);

    private void Begin(StoredSnapshot snapshot)
    {
        _snapshot = snapshot.Id;
        _hurt.Add(snapshot.Id);
        if (_harms.Count == SnapshotsNamed)
        {
            _moreSnapshots++;
            return;
        }

        _paths = [];
        _harms.Add(new Harm(snapshot.Id, snapshot.Snapshot.Time, _paths, 0));
    }
}
