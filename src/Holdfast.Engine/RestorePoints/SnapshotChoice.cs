using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Finds the restore point that is meant. An ID means what it says. Otherwise it is the newest that passes the filter, with exceptions:
/// safety snapshots never count; imported ones, and those of the future, which a wrong clock left behind, only when there is no other.
/// </summary>
/// <param name="listing">All there are.</param>
/// <param name="isProven">Whether a drill has proven a snapshot.</param>
/// <param name="clock">Says what is the future.</param>
public sealed class SnapshotChoice(SnapshotListing listing, Func<StoredSnapshot, bool> isProven, TimeProvider clock)
{
    /// <summary>Whether the last drill of a snapshot failed; where nobody knows, none has.</summary>
    public Func<StoredSnapshot, bool> HasFailed { get; init; } = _ => false;

    /// <summary>Where the snapshots of the application are of; null when nobody has looked.</summary>
    public SnapshotOrigins? Origins { get; init; }

    private const string ListHint = "`holdfast list` shows the snapshots there are";

    // A day: clocks of hosts and zones differ, and a snapshot of tomorrow does no harm for long.
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <exception cref="HoldfastException">
    /// NotFound: there is none. Usage: not an ID, the beginning of several, or an ID with a filter. Damaged: one that may be meant cannot be read.
    /// </exception>
    public ChosenSnapshot Choose(SnapshotChoiceOptions options)
    {
        if (options.Id is null or SnapshotSelection.Latest) return WithoutSuspicion(options);
        if (!options.Filter.IsEmpty) throw IdAndFilter();
        var chosen = SnapshotSelection.Resolve(listing, options.Id, SnapshotFilter.All);
        return new ChosenSnapshot(chosen, IsOfFuture(chosen) ? [OfFuture(chosen)] : []);
    }

    private ChosenSnapshot WithoutSuspicion(SnapshotChoiceOptions options)
    {
        var filter = options.Filter with { Application = options.Filter.Application ?? options.DefaultApplication };
        var subject = SubjectOf(options, filter);
        var chosen = Newest(filter, subject.IsWanted);
        chosen = chosen with { Warnings = [.. chosen.Warnings, .. subject.Warnings] };
        if (DoubtOf(chosen.Snapshot) is not { } doubt) return chosen;
        var proven = Candidates(filter).LastOrDefault(stored => subject.IsWanted(stored) && DoubtOf(stored) is null && !IsOfFuture(stored) && isProven(stored));
        if (proven is null) return chosen with { Warnings = [.. chosen.Warnings, doubt] };
        // Who asks for a proven one asks for something to rely on.
        if (filter.Proven)
        {
            var sound = Newest(filter, stored => subject.IsWanted(stored) && DoubtOf(stored) is null);
            return sound with { Warnings = [.. sound.Warnings, .. subject.Warnings] };
        }

        if (!options.RefuseDoubtful) return chosen with { Warnings = [.. chosen.Warnings, doubt] };
        throw new HoldfastException(
            FailureKind.Failed,
            $"{doubt}; the proven snapshot {proven.Id.Short} is of {TimeOf(proven)}",
            $"`--proven` takes that one; `holdfast show {chosen.Snapshot.Id.Short}` says what is wrong, and naming {chosen.Snapshot.Id.Short} takes it all the same");
    }

    private SnapshotSubject SubjectOf(SnapshotChoiceOptions options, RestorePointFilter filter)
    {
        var isMeant = options is { Here: not null, DefaultApplication: { } application } && filter.Application == application && !filter.Tags.Contains(ImportedTag.Value);
        if (!isMeant || Origins is null) return SnapshotSubject.Any;
        var all = Candidates(new RestorePointFilter { Application = filter.Application }).ToList();
        return SnapshotSubject.Of(options, filter, Origins, all, [.. Candidates(filter)], TimeOf);
    }

    private string? DoubtOf(StoredSnapshot stored)
    {
        var what = $"snapshot {stored.Id.Short} of {TimeOf(stored)}";
        if (HasFailed(stored)) return $"the drill of {what} failed";
        if (stored.Snapshot.Tags.Contains(IncompleteTag.Value)) return $"{what} is incomplete";
        return SuspiciousTag.IsOn(stored.Snapshot) ? $"{what} is suspicious: it holds much less than the last proven one before it" : null;
    }

    private ChosenSnapshot Newest(RestorePointFilter filter, Func<StoredSnapshot, bool> isWanted)
    {
        if (listing.Damaged is [var damaged, ..])
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"it cannot be told which snapshot is the latest: {damaged.Why}",
                "name another snapshot by its ID: `holdfast list` shows those that can be read, and `holdfast check` what is damaged");
        }

        var all = Candidates(filter).Where(isWanted).ToList();
        if (all.Count == 0) throw Nothing(filter);
        // An import may be of a part or of long ago: it is restored by its ID.
        var candidates = filter.Tags.Contains(ImportedTag.Value) ? all : ImportedTag.PassOver(all);
        var real = candidates.FindLastIndex(stored => !IsOfFuture(stored));
        return real < 0
            ? new ChosenSnapshot(candidates[^1], [OfFuture(candidates[^1])])
            : new ChosenSnapshot(candidates[real], [.. candidates.Skip(real + 1).Where(IsOfFuture).Take(1).Select(PassedOver)]);
    }

    private IEnumerable<StoredSnapshot> Candidates(RestorePointFilter filter) => SnapshotOrder.OldestFirst(listing.Readable)
        .Where(stored => !SafetyTag.IsOn(stored.Snapshot) && filter.Matches(stored, isProven));

    private bool IsOfFuture(StoredSnapshot stored) => stored.Snapshot.Time > Timestamp.FromDateTimeOffset(clock.GetUtcNow() + Tolerance);

    private string OfFuture(StoredSnapshot stored) =>
        $"snapshot {stored.Id.Short} is of the future ({TimeOf(stored)}): a clock was wrong when it was made, and newer ones may exist";

    private string PassedOver(StoredSnapshot stored) =>
        $"snapshot {stored.Id.Short} is of the future ({TimeOf(stored)}) and was passed over: a clock was wrong when it was made; name it by its ID if you mean it";

    private string TimeOf(StoredSnapshot stored) => HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), clock.LocalTimeZone);

    private HoldfastException Nothing(RestorePointFilter filter)
    {
        if (listing.Readable.Count == 0)
            return new HoldfastException(FailureKind.NotFound, "the repository has no snapshots", "make the first one with `holdfast backup`");
        if (filter.Application is { } application && (filter with { Application = null }).IsEmpty)
        {
            return new HoldfastException(
                FailureKind.NotFound,
                $"the repository has no snapshot of the application {Quoted.Escape(application, longest: 100)}",
                "name one by its ID: `holdfast list` shows all that there are");
        }

        var wanted = new List<string>();
        if (filter.Proven) wanted.Add("proven");
        if (filter.Before is { } before) wanted.Add($"made at or before {HumanFormat.Time(before, clock.LocalTimeZone)}");
        if (filter.Application is { } of) wanted.Add($"of the application {Quoted.Escape(of, longest: 100)}");
        if (filter.Hosts.Count + filter.Tags.Count + filter.Paths.Count > 0) wanted.Add("of the given hosts, tags and paths");
        var hint = filter.Proven ? $"{ListHint} and which are proven; `holdfast drill ID` proves one" : ListHint;
        return new HoldfastException(FailureKind.NotFound, wanted.Count == 0 ? "there is no snapshot but safety snapshots" : $"there is no snapshot that is {string.Join(" and ", wanted)}", hint);
    }

    private static HoldfastException IdAndFilter() => new(
        FailureKind.Usage,
        "an ID says which snapshot is meant, so there is nothing to choose by time, proof, host, tag, path or application",
        "leave out either the ID or the options");
}
