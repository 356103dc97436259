using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// Applies a policy to a repository, with what restic does not know: which snapshots are proven, doubtful, imported, of the future, or there for a
/// rollback only. Reads nothing but the snapshots it is given.
/// </summary>
/// <param name="options">The policy.</param>
/// <param name="book">What this machine knows to be proven.</param>
/// <param name="clock">Says what is the future.</param>
public sealed class RetentionPlanner(RetentionOptions options, ProofBook book, TimeProvider clock)
{
    // A day: clocks of hosts differ, and a snapshot of tomorrow does no harm for long.
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <exception cref="HoldfastException">
    /// Usage: an empty policy. Failed: it would keep nothing of a group, a snapshot is of the future by more than a day, or the clock seems to have
    /// jumped while none was made.
    /// </exception>
    public ForgetPlan Plan(SnapshotListing listing)
    {
        if (options.Policy.IsEmpty) throw EmptyPolicy();
        var considered = listing.Readable.Where(stored => options.Filter.Matches(stored.Snapshot)).ToList();
        var now = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
        RefuseFuture(considered);
        var groups = considered.GroupBy(stored => options.Grouping.GroupOf(stored.Snapshot))
            .OrderBy(group => group.Key.Application, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Key.Host, StringComparer.Ordinal)
            .ThenBy(group => string.Join('\n', (group.Key.Key.Paths ?? []).Concat(group.Key.Key.Tags ?? [])), StringComparer.Ordinal)
            .Select(group => (group.Key, Snapshots: group.ToList()))
            .ToList();
        var kept = new ProtectedSnapshots(listing.Readable, book, now);
        foreach (var group in groups) kept.Add(group.Snapshots, book, now);
        var safety = new SafetyRule(options.Safety, listing.Readable, now, clock.LocalTimeZone);
        var decided = groups.ConvertAll(group => new ForgetGroup(group.Key, Decide(group.Key, group.Snapshots, kept, safety, now)));
        var jumps = decided.Select(group => ClockJump.In(group.Decisions, options, clock)).OfType<ClockJump>().ToList();
        RefuseEmptyGroups(decided);
        if (!options.AcceptsGap && jumps.Count > 0) throw jumps[0].Refusal(clock.LocalTimeZone);
        var unprotected = UnprotectedRemovals.Describe(decided, kept);
        return new ForgetPlan
        {
            Groups = decided,
            Damaged = listing.Damaged,
            Findings = options.AcceptsUnproven || unprotected is null ? [] : [unprotected],
            Notices = [.. unprotected is null || options.AcceptsUnproven ? Notices(considered) : [], .. jumps.Select(jump => jump.Describe(clock.LocalTimeZone))],
        };
    }

    /// <summary>Whatever the rules say together, something stays of every group; safety snapshots may go where a restore point of their application on their host stays.</summary>
    private static void RefuseEmptyGroups(List<ForgetGroup> groups)
    {
        var left = groups.SelectMany(group => group.Decisions).Where(decision => decision.IsKept).Select(decision => HostOf(decision.Stored)).ToHashSet();
        foreach (var group in groups)
        {
            if (group.Decisions.Any(decision => decision.IsKept)) continue;
            if (!group.Decisions.All(decision => IsSafety(decision.Stored) && left.Contains(HostOf(decision.Stored)))) throw NothingKept(group.Group, group.Decisions.Count);
        }

        static (string? Application, string? Host) HostOf(StoredSnapshot stored) => (ApplicationTag.ApplicationOf(stored.Snapshot.Tags), stored.Snapshot.Hostname);
    }

    private List<ForgetDecision> Decide(
        RetentionGroup group, List<StoredSnapshot> snapshots, ProtectedSnapshots kept, SafetyRule safety, Timestamp now)
    {
        var counted = snapshots.Where(stored => !IsApart(stored, now)).ToList();
        var evaluation = new PolicyEvaluation(options.Policy, clock);
        var verdicts = evaluation.Apply(counted);
        if (verdicts.Count > 0 && !verdicts.Any(verdict => verdict.IsKept)) throw NothingKept(group, counted.Count);
        // As if what is not to be relied on were not there: it takes the place of nothing else.
        var sound = counted.Where(stored => !IsDoubtful(stored)).ToList();
        var withoutDoubts = sound.Count == counted.Count
            ? []
            : evaluation.Apply(sound).Where(verdict => verdict.IsKept).ToDictionary(verdict => verdict.Stored.Id);
        var decisions = verdicts.Select(verdict => Decide(verdict, withoutDoubts.GetValueOrDefault(verdict.Stored.Id), kept));
        return [.. decisions
            .Concat(snapshots.Where(stored => IsApart(stored, now)).Select(stored => DecideApart(stored, safety, now)))
            .OrderByDescending(decision => (decision.Stored.Snapshot.Time, decision.Stored.Id))];
    }

    private static ForgetDecision Decide(PolicyVerdict verdict, PolicyVerdict? withoutDoubts, ProtectedSnapshots kept)
    {
        var time = verdict.Stored.Snapshot.Time;
        var reasons = PolicyWords.Of(verdict.Matches, time).Select(text => new RetentionReason(RetentionReasonKind.Policy, text)).ToList();
        if (withoutDoubts is not null && !verdict.IsKept)
        {
            reasons.AddRange(PolicyWords.Of(withoutDoubts.Matches, time)
                .Select(text => new RetentionReason(RetentionReasonKind.Doubts, $"{text}, not counting snapshots that are not to be relied on")));
        }

        if (kept.ReasonFor(verdict.Stored) is { } proven) reasons.Add(new RetentionReason(RetentionReasonKind.LastProven, proven));
        return reasons.Count > 0
            ? new ForgetDecision(verdict.Stored, IsKept: true, reasons, verdict)
            : new ForgetDecision(
                verdict.Stored,
                IsKept: false,
                [.. PolicyWords.Of(verdict.Misses, time).Select(text => new RetentionReason(RetentionReasonKind.Policy, text))],
                verdict);
    }

    private static ForgetDecision DecideApart(StoredSnapshot stored, SafetyRule safety, Timestamp now)
    {
        if (stored.Snapshot.Time > now) return Kept(RetentionReasonKind.Future, "of the future: it is neither counted nor removed");
        if (IsSafety(stored)) return safety.Decide(stored);
        return Kept(RetentionReasonKind.Imported, "imported: removed by its ID only");

        ForgetDecision Kept(RetentionReasonKind kind, string text) => new(stored, IsKept: true, [new RetentionReason(kind, text)], null);
    }

    private static bool IsApart(StoredSnapshot stored, Timestamp now) =>
        stored.Snapshot.Time > now || IsSafety(stored) || stored.Snapshot.Tags.Contains(ImportedTag.Value);

    private static bool IsSafety(StoredSnapshot stored) => SafetyTag.IsOn(stored.Snapshot);

    private bool IsDoubtful(StoredSnapshot stored) =>
        SuspiciousTag.IsOn(stored.Snapshot) || stored.Snapshot.Tags.Contains(IncompleteTag.Value) || book.HasFailed(stored);

    private List<string> Notices(List<StoredSnapshot> considered)
    {
        if (considered.Exists(book.IsProven) || considered.Count == 0) return [];
        return considered.Exists(book.IsProvenElsewhere)
            ? ["none of these snapshots is proven in this repository, but the same content elsewhere, and the newest of that is kept; prove it here, too, with `holdfast drill` and --repository"]
            : ["none of these snapshots is known to be proven on this machine, so none is protected for that reason; prove one with `holdfast drill`"];
    }

    private void RefuseFuture(List<StoredSnapshot> considered)
    {
        var limit = Timestamp.FromDateTimeOffset(clock.GetUtcNow() + Tolerance);
        if (options.AcceptsFuture || considered.Find(stored => stored.Snapshot.Time > limit) is not { } ahead) return;
        throw new HoldfastException(
            FailureKind.Failed,
            $"snapshot {ahead.Id.Short} is of {TimeOf(ahead.Snapshot.Time)}, and it is {TimeOf(Timestamp.FromDateTimeOffset(clock.GetLocalNow()))} now: a clock is or was wrong, and nothing was removed",
            $"set the clock if it is this one; else remove that snapshot with `holdfast forget {ahead.Id.Short}` (from several repositories with --all-repositories), or go on around it with --accept-future");
    }

    private string TimeOf(Timestamp time) => HumanFormat.Time(time.ToDateTimeOffset(), clock.LocalTimeZone);

    private static HoldfastException EmptyPolicy() => new(
        FailureKind.Usage,
        "it is not said what to keep",
        "write backup: { keep: { daily: 7, weekly: 4, monthly: 12 } } into the manifest, or give --keep-daily 7 and the like");

    private static HoldfastException NothingKept(RetentionGroup group, int count)
    {
        var of = group.Application is { } application ? $" of the application {Quoted.Escape(application, longest: 100)}"
            : group.Key.Host is { } host ? $" of the host {Quoted.Escape(host, longest: 100)}"
            : string.Empty;
        return new HoldfastException(
            FailureKind.Failed,
            $"the policy keeps none of the {HumanFormat.Count(count, "snapshot", "snapshots")}{of}: nothing was removed",
            "keep at least the last one (last: 1, --keep-last 1); name snapshots by their IDs to remove them all");
    }
}
