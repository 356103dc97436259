using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// Snapshots that are named by an ID, and their copies in other repositories, which have IDs of their own: a copy remembers where it comes from, and
/// holds the same. One that was repaired comes from the same, and is not meant.
/// </summary>
public sealed class SnapshotCopies
{
    private readonly HashSet<(Id Origin, Id Tree)> _meant;

    private SnapshotCopies(HashSet<(Id Origin, Id Tree)> meant) => _meant = meant;

    /// <param name="ids">The beginnings of IDs; each is that of the snapshot in any of the repositories.</param>
    /// <param name="listings">What the repositories have that can be looked at.</param>
    /// <exception cref="HoldfastException">Usage: not an ID, or the beginning of several. NotFound: none of them has it. Damaged: it cannot be read.</exception>
    public static SnapshotCopies Named(IReadOnlyList<string> ids, IReadOnlyList<SnapshotListing> listings) =>
        new([.. ids.Select(id => Resolve(id, listings))]);

    internal IReadOnlyList<StoredSnapshot> In(SnapshotListing listing) => [.. listing.Readable.Where(stored => _meant.Contains(KeyOf(stored)))];

    private static (Id Origin, Id Tree) Resolve(string id, IReadOnlyList<SnapshotListing> listings)
    {
        var found = new HashSet<(Id Origin, Id Tree)>();
        HoldfastException? missing = null;
        foreach (var listing in listings)
        {
            try
            {
                found.Add(KeyOf(NamedRemoval.Resolve(listing, id)));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                missing = error;
            }
        }

        return found.Count switch
        {
            1 => found.Single(),
            0 => throw missing ?? new HoldfastException(FailureKind.NotFound, $"there is no snapshot {Quoted.Text(id)}", "`holdfast list` shows those there are"),
            _ => throw new HoldfastException(FailureKind.Usage, $"{Quoted.Text(id)} is one snapshot here and another one there", "give more digits of the ID"),
        };
    }

    private static (Id Origin, Id Tree) KeyOf(StoredSnapshot stored) => (ForgottenSnapshots.OriginOf(stored), stored.Snapshot.Tree);
}
