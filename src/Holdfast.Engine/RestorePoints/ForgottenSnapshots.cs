using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// What this machine has removed from repositories on purpose: another repository does not bring it back by itself, and a prune may free its content.
/// </summary>
public sealed class ForgottenSnapshots(LocalState state)
{
    /// <summary>Remembers, durably, what is about to be removed: an end in between must not leave a removal that nobody knows of.</summary>
    /// <param name="repository">From which.</param>
    /// <param name="removed">What goes.</param>
    /// <param name="left">What stays. Content that one of these has, too, is not forgotten.</param>
    /// <exception cref="HoldfastException">Damaged, Busy, NoSpace, Failed: the state cannot be written.</exception>
    public void Remember(Id repository, IEnumerable<StoredSnapshot> removed, IEnumerable<StoredSnapshot> left)
    {
        var trees = left.Select(stored => stored.Snapshot.Tree).ToHashSet();
        state.InTransaction(() =>
        {
            foreach (var stored in removed)
            {
                state.Execute(
                    "insert or replace into forgotten_snapshots(repository, snapshot, origin, tree) values($repository, $snapshot, $origin, $tree)",
                    ("$repository", repository.ToString()),
                    ("$snapshot", stored.Id.ToString()),
                    ("$origin", OriginOf(stored).ToString()),
                    ("$tree", trees.Contains(stored.Snapshot.Tree) ? string.Empty : stored.Snapshot.Tree.ToString()));
            }
        });
    }

    /// <summary>The IDs, where they were made, of those that a repository is not to be given again. Where they cannot be read, that is told, and there are none.</summary>
    /// <param name="stateFolder">The folder of the local state, which need not be there.</param>
    /// <param name="repository">Which.</param>
    /// <param name="notice">Told why nothing is known.</param>
    public static IReadOnlySet<Id> OriginsOf(FilePath stateFolder, Id repository, Action<string> notice)
    {
        if (!LocalState.Exists(stateFolder)) return new HashSet<Id>();
        try
        {
            using var state = LocalState.Open(stateFolder);
            return new ForgottenSnapshots(state).Ids("origin", repository);
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            notice($"what was removed from a repository on purpose is not known, and may be copied to it again: {error.Message}");
            return new HashSet<Id>();
        }
    }

    /// <summary>Content, by the IDs of its trees, that was removed from a repository on purpose and not proven there since.</summary>
    public IReadOnlySet<Id> TreesOf(Id repository) => Ids("tree", repository);

    /// <summary>Snapshots that older programs removed on purpose: from which repository and what they held was not noted.</summary>
    public IReadOnlySet<Id> OfOlderPrograms() => state.Query("select snapshot from forgotten_snapshots where repository = ''", row => Id.Parse(row.GetString(0))).ToHashSet();

    /// <summary>The ID that a snapshot had where it was made.</summary>
    public static Id OriginOf(StoredSnapshot stored) => stored.Snapshot.Original ?? stored.Id;

    private HashSet<Id> Ids(string column, Id repository) => [.. state.Query(
        $"select {column} from forgotten_snapshots where repository = $repository and {column} <> ''",
        row => Id.Parse(row.GetString(0)),
        ("$repository", repository.ToString()))];
}
