using System.Text;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>Finds the snapshot a user or a backup means (section 6).</summary>
public static class SnapshotSelection
{
    /// <summary>The word for the newest snapshot.</summary>
    public const string Latest = "latest";

    private const string ListHint = "`holdfast list` shows the snapshots there are";
    private const int CandidatesShown = 10;

    /// <summary>
    /// The newest snapshot that passes the filter for <see cref="Latest"/>, otherwise the one whose ID begins with <paramref name="argument"/>;
    /// who names an ID means it, so the filter does not apply then.
    /// </summary>
    /// <exception cref="HoldfastException">NotFound: there is none. Usage: not an ID, or the beginning of several.</exception>
    public static StoredSnapshot Resolve(IReadOnlyList<StoredSnapshot> snapshots, string argument, SnapshotFilter filter)
    {
        if (argument == Latest)
            return Newest(snapshots.Where(stored => filter.Matches(stored.Snapshot))) ?? throw NothingNewest(snapshots.Count == 0);

        // A full ID or a part of it; hexadecimal digits are safe to repeat in messages, anything else is escaped.
        if (argument.Length is 0 or > Id.Size * 2 || !argument.All(char.IsAsciiHexDigit)) throw NotAnId(argument);
        var prefix = argument.ToLowerInvariant();
        var candidates = snapshots.Where(stored => stored.Id.ToString().StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return candidates.Count switch
        {
            1 => candidates[0],
            0 => throw new HoldfastException(FailureKind.NotFound, $"there is no snapshot {prefix}", ListHint),
            _ => throw Ambiguous(prefix, candidates),
        };
    }

    /// <summary>The same, but what cannot be read is not passed over silently: it may be the one that is meant.</summary>
    /// <inheritdoc cref="Resolve(IReadOnlyList{StoredSnapshot}, string, SnapshotFilter)"/>
    /// <exception cref="HoldfastException">Damaged: the snapshot, or one that may be newer than all others, cannot be read.</exception>
    public static StoredSnapshot Resolve(SnapshotListing listing, string argument, SnapshotFilter filter)
    {
        var isLatest = argument == Latest;
        var damaged = listing.Damaged.FirstOrDefault(one => isLatest || IsBeginning(argument, one.Id));
        if (damaged is null || (!isLatest && listing.Readable.Any(stored => IsBeginning(argument, stored.Id)))) return Resolve(listing.Readable, argument, filter);
        throw new HoldfastException(
            FailureKind.Damaged,
            isLatest ? $"it cannot be told which snapshot is the latest: {damaged.Why}" : damaged.Why,
            "name another snapshot by its ID: `holdfast list` shows those that can be read, and `holdfast check` what is damaged");
    }

    /// <summary>
    /// What a backup detects changes against: the newest snapshot of the same host that contains all of the paths and is not of the future,
    /// which a wrong clock could have left behind. Null when there is none.
    /// </summary>
    public static StoredSnapshot? FindParent(
        IReadOnlyList<StoredSnapshot> snapshots, string hostname, IReadOnlyList<string> paths, Timestamp now)
    {
        var filter = new SnapshotFilter { Hosts = [hostname], Paths = paths };
        return Newest(snapshots.Where(stored => stored.Snapshot.Time <= now && filter.Matches(stored.Snapshot)));
    }

    private static bool IsBeginning(string argument, Id id) => argument.Length > 0 && id.ToString().StartsWith(argument, StringComparison.OrdinalIgnoreCase);

    // Of equal times the ID decides, so that the answer does not depend on the order of listing.
    private static StoredSnapshot? Newest(IEnumerable<StoredSnapshot> snapshots) =>
        snapshots.MaxBy(stored => (stored.Snapshot.Time, stored.Id));

    private static HoldfastException NothingNewest(bool isEmpty) => isEmpty
        ? new HoldfastException(FailureKind.NotFound, "the repository has no snapshots", "make the first one with `holdfast backup`")
        : new HoldfastException(FailureKind.NotFound, "no snapshot matches the given host, paths and tags", ListHint);

    private static HoldfastException NotAnId(string argument) => new(
        FailureKind.Usage,
        $"\"{GoQuoting.Quote(Encoding.UTF8.GetBytes(argument))}\" is not a snapshot",
        "give the ID of a snapshot, the beginning of one, or latest");

    private static HoldfastException Ambiguous(string prefix, List<StoredSnapshot> candidates)
    {
        var length = Math.Min(Id.Size * 2, Math.Max(8, prefix.Length + 4));
        var shown = candidates
            .OrderByDescending(stored => (stored.Snapshot.Time, stored.Id))
            .Take(CandidatesShown)
            .Select(stored => $"{stored.Id.ToString()[..length]} of {stored.Snapshot.Time}");
        var more = candidates.Count > CandidatesShown ? $" and {candidates.Count - CandidatesShown} more" : string.Empty;
        return new HoldfastException(
            FailureKind.Usage,
            $"{prefix} is the beginning of {candidates.Count} snapshots: {string.Join(", ", shown)}{more}",
            "give more digits of the ID");
    }
}
