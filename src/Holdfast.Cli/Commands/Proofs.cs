using System.Text.Json;
using Holdfast.Engine.Drills;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands;

/// <summary>What the local state knows of drills of one repository's snapshots.</summary>
internal sealed class Proofs
{
    private readonly IReadOnlyDictionary<Id, DrillRecord> _drills;

    private Proofs(IReadOnlyDictionary<Id, DrillRecord> drills) => _drills = drills;

    /// <summary>
    /// The drills remembered on this machine. A state that cannot be read must not hide the snapshots: the user is told, and nothing counts as proven.
    /// </summary>
    internal static Proofs Load(Session session, Repository repository)
    {
        var folder = session.StateFolder;
        if (!LocalState.Exists(folder)) return new Proofs(new Dictionary<Id, DrillRecord>());
        try
        {
            using var state = LocalState.Open(folder);
            return new Proofs(state.LatestFor(repository.Config.Id, RepositoryLocation.Of(session.RepositoryPath())));
        }
        catch (HoldfastException error)
        {
            session.Screen.Warning($"it is not known which snapshots are proven: {error.Message}");
            return new Proofs(new Dictionary<Id, DrillRecord>());
        }
    }

    internal bool IsProven(Id snapshot) => _drills.TryGetValue(snapshot, out var drill) && drill.Proven;

    internal bool HasFailed(Id snapshot) => _drills.TryGetValue(snapshot, out var drill) && !drill.Proven;

    /// <summary>When it was proven, ISO 8601; null when it is not.</summary>
    internal string? ProvenAt(Id snapshot) => IsProven(snapshot) ? TimeOf(_drills[snapshot]) : null;

    /// <summary>When the last drill failed, ISO 8601; null when it did not.</summary>
    internal string? FailedAt(Id snapshot) => HasFailed(snapshot) ? TimeOf(_drills[snapshot]) : null;

    /// <summary>What the last drill found wrong; empty when it did not fail.</summary>
    internal IReadOnlyList<DrillCheck> FailedChecks(Id snapshot)
    {
        if (!HasFailed(snapshot)) return [];
        try
        {
            return [.. DrillCheck.Parse(_drills[snapshot].ChecksJson).Where(check => !check.Passed)];
        }
        catch (JsonException)
        {
            // The failure counts, also when nobody can read its reasons any more.
            return [];
        }
    }

    private static string TimeOf(DrillRecord drill) => Timestamp.FromDateTimeOffset(drill.At.ToUniversalTime()).ToString();

    internal string Word(Id snapshot) => IsProven(snapshot) ? "yes" : HasFailed(snapshot) ? "FAILED" : "no";
}
