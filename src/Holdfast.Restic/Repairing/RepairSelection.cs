using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Repairing;

/// <summary>Finds the snapshots that a person wants repaired, also among those that cannot be read.</summary>
internal static class RepairSelection
{
    /// <exception cref="HoldfastException">Usage, NotFound: not the ID of a snapshot, or the beginning of several.</exception>
    internal static (IReadOnlyList<StoredSnapshot> Readable, IReadOnlyList<DamagedSnapshot> Damaged) Select(SnapshotListing listing, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) return (listing.Readable, listing.Damaged);
        var (readable, damaged) = (new List<StoredSnapshot>(), new List<DamagedSnapshot>());
        foreach (var argument in arguments)
        {
            var unreadable = argument.Length == 0
                ? []
                : listing.Damaged.Where(snapshot => snapshot.Id.ToString().StartsWith(argument, StringComparison.OrdinalIgnoreCase)).ToList();
            if (unreadable is [var one] && !IsAlsoReadable(listing, argument)) damaged.Add(one);
            else if (unreadable.Count > 0) throw new HoldfastException(FailureKind.Usage, $"{argument} is the beginning of several snapshots", "give more digits of the ID");
            else readable.Add(SnapshotSelection.Resolve(listing.Readable, argument, SnapshotFilter.All));
        }

        return ([.. readable.DistinctBy(snapshot => snapshot.Id)], [.. damaged.DistinctBy(snapshot => snapshot.Id)]);
    }

    private static bool IsAlsoReadable(SnapshotListing listing, string argument) =>
        listing.Readable.Any(snapshot => snapshot.Id.ToString().StartsWith(argument, StringComparison.OrdinalIgnoreCase));
}
