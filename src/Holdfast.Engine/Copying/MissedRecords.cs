using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Copying;

/// <summary>
/// What this machine knows of snapshots that a repository was to get and has not got. Where that cannot be remembered it is told; what is newer than a
/// repository's newest is found without.
/// </summary>
public sealed class MissedRecords(FilePath stateFolder, Action<string> notice)
{
    /// <param name="location">The repository's place.</param>
    /// <param name="snapshot">The ID where it was made.</param>
    internal void Remember(string location, Id snapshot) => Use<object?>(null, state =>
    {
        state.Execute("insert or ignore into missed_snapshots(location, snapshot) values($location, $snapshot)", ("$location", location), ("$snapshot", snapshot.ToString()));
        return null;
    });

    /// <summary>The IDs where they were made. Makes no state where there is none.</summary>
    public IReadOnlySet<Id> Of(string location) => !LocalState.Exists(stateFolder) ? new HashSet<Id>() : Use<IReadOnlySet<Id>>(
        new HashSet<Id>(),
        state => state.Query("select snapshot from missed_snapshots where location = $location", row => Id.Parse(row.GetString(0)), ("$location", location)).ToHashSet());

    /// <summary>They are there now, or nowhere any more.</summary>
    internal void Forget(string location, IReadOnlyCollection<Id> snapshots)
    {
        if (snapshots.Count == 0) return;
        Use<object?>(null, state =>
        {
            state.InTransaction(() =>
            {
                foreach (var snapshot in snapshots)
                    state.Execute("delete from missed_snapshots where location = $location and snapshot = $snapshot", ("$location", location), ("$snapshot", snapshot.ToString()));
            });
            return null;
        });
    }

    private T Use<T>(T otherwise, Func<LocalState, T> use)
    {
        try
        {
            using var state = LocalState.Open(stateFolder);
            return use(state);
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            notice($"which snapshots a repository has missed cannot be remembered: {error.Message}");
            return otherwise;
        }
    }
}
