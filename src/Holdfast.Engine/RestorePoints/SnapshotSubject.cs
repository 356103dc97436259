using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Which snapshots of a name are meant, where there may be several applications of that name in one repository: those of the application here; those of
/// another one only where there are no others, as on a new machine, and all are of one.
/// </summary>
/// <param name="IsWanted">Whether a snapshot may be chosen.</param>
/// <param name="Warnings">What the user should know about that.</param>
internal sealed record SnapshotSubject(Func<StoredSnapshot, bool> IsWanted, IReadOnlyList<string> Warnings)
{
    private const int Listed = 10;

    internal static SnapshotSubject Any { get; } = new(_ => true, []);

    /// <param name="options">Says where here is.</param>
    /// <param name="filter">What was asked for.</param>
    /// <param name="origins">Where the snapshots are of.</param>
    /// <param name="all">Those of the application's name, the oldest first.</param>
    /// <param name="candidates">Those of them that pass the filter, the oldest first.</param>
    /// <param name="timeOf">When one was made, for people.</param>
    /// <exception cref="HoldfastException">Usage: it is not clear which is meant.</exception>
    internal static SnapshotSubject Of(
        SnapshotChoiceOptions options,
        RestorePointFilter filter,
        SnapshotOrigins origins,
        IReadOnlyList<StoredSnapshot> all,
        IReadOnlyList<StoredSnapshot> candidates,
        Func<StoredSnapshot, string> timeOf)
    {
        var here = options.Here!;
        var foreign = candidates.Where(stored => !IsImported(stored) && !IsHere(stored)).ToList();
        if (foreign.Count == 0) return Any;
        if (candidates.Any(stored => !IsImported(stored) && IsHere(stored)))
            return new SnapshotSubject(stored => IsImported(stored) || IsHere(stored), PassedOver(foreign[^1]));

        var newest = foreign.GroupBy(origins.Of).Select(group => group.Last()).Reverse().ToList();
        var hasOwn = all.Any(stored => !IsImported(stored) && IsHere(stored)) && filter.Hosts.Count == 0;
        if (newest.Count == 1 && !hasOwn) return new SnapshotSubject(_ => true, [$"{Describe(newest[0])}; this is {here}"]);
        var what = hasOwn
            ? $"none of the snapshots of the application here ({here}) is meant by that; others of its name are: {List()}"
            : $"there are several applications of this name, and none is the one here ({here}): {List()}";
        if (!options.RefuseDoubtful) return new SnapshotSubject(_ => true, [what]);
        throw new HoldfastException(FailureKind.Usage, what, "name the snapshot that is meant by its ID, or its host with --host; `holdfast list` shows all that there are");

        bool IsHere(StoredSnapshot stored) => origins.IsOf(stored, here);

        string Describe(StoredSnapshot stored) => $"snapshot {stored.Id.Short} of {timeOf(stored)} is of {origins.Of(stored)}";

        string List() => string.Join(", ", newest.Take(Listed).Select(Describe)) + (newest.Count > Listed ? $" and {newest.Count - Listed} more" : string.Empty);

        IReadOnlyList<string> PassedOver(StoredSnapshot other) =>
            candidates[^1] == other ? [$"{Describe(other)} and not of the application here ({here}): it was passed over; name it by its ID if you mean it"] : [];
    }

    private static bool IsImported(StoredSnapshot stored) => stored.Snapshot.Tags.Contains(ImportedTag.Value);
}
