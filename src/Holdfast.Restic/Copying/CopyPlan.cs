using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Copying;

/// <summary>Which snapshots are to be copied, and which are there already.</summary>
/// <param name="Missing">To be copied, in the order given.</param>
/// <param name="Present">With the ID that each has in the target.</param>
/// <param name="SharesPieces">Both repositories cut files at the same places, so that pieces that the target has are not stored again.</param>
public sealed record CopyPlan(IReadOnlyList<StoredSnapshot> Missing, IReadOnlyList<CopiedSnapshot> Present, bool SharesPieces)
{
    /// <summary>Compares snapshots of a source with what a target has.</summary>
    public static CopyPlan Of(Repository source, Repository target, IReadOnlyList<StoredSnapshot> wanted, IReadOnlyList<StoredSnapshot> there)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        var byOrigin = there.ToLookup(stored => stored.Snapshot.Original ?? stored.Id);
        var byId = there.ToLookup(stored => stored.Id);
        var (missing, present) = (new List<StoredSnapshot>(), new List<CopiedSnapshot>());
        foreach (var snapshot in wanted)
        {
            var origin = snapshot.Snapshot.Original ?? snapshot.Id;
            var copy = byOrigin[origin].Concat(byId[origin]).FirstOrDefault(other => SnapshotLikeness.AreAlike(snapshot.Snapshot, other.Snapshot));
            if (copy is null) missing.Add(snapshot);
            else present.Add(new CopiedSnapshot(snapshot, copy.Id));
        }

        return new CopyPlan(missing, present, source.Config.ChunkerPolynomial == target.Config.ChunkerPolynomial);
    }
}

/// <summary>A snapshot and its copy.</summary>
/// <param name="Source">In the repository that it was copied from.</param>
/// <param name="Id">In the target.</param>
public sealed record CopiedSnapshot(StoredSnapshot Source, Id Id);
