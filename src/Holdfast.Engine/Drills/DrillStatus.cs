using Holdfast.Engine.Findings;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Drills;

/// <summary>What the drills of an application say about how well it is protected.</summary>
public static class DrillStatus
{
    /// <summary>The clocks of two machines differ by less than this.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(10);

    /// <summary>The worst first is not promised; the order is: what to rely on, failures, doubts, what is not proven.</summary>
    /// <param name="book">The drills of the repository.</param>
    /// <param name="snapshots">Its snapshots, in any order.</param>
    /// <param name="application">Of which application; null for whatever is there.</param>
    /// <param name="clock">Says how old things are.</param>
    /// <param name="accept">The command that takes the mark of a suspicious one away.</param>
    public static IReadOnlyList<Finding> Findings(
        ProofBook book, IReadOnlyList<StoredSnapshot> snapshots, string? application, TimeProvider clock, Func<StoredSnapshot, string> accept)
    {
        var points = ProofBook.RestorePointsOf(snapshots, application).ToList();
        if (points.Count == 0) return [new Finding(FindingSeverity.Critical, "there is no restore point", "make one with `holdfast backup`")];
        var findings = new List<Finding>();
        // One of the future hides by its time whatever is done from now on: it comes last.
        var future = points.Where(stored => IsFuture(stored, clock)).ToList();
        points = [.. points.Except(future), .. future];
        var last = book.LastProven(points.Except(future), application) ?? book.LastProven(points, application);
        findings.Add(OnLast(last, points, clock));
        findings.AddRange(future.Select(stored => new Finding(
            FindingSeverity.Warning,
            $"{Describe(stored, clock)}: the clock was wrong when it was made, or is now",
            $"it counts as the oldest here; when the clock is right now, make a new backup, and remove this one with `holdfast forget {stored.Id.Short}`")));
        var older = last is null ? int.MaxValue : points.IndexOf(last);
        // What failed before the last proof was made is history, unless it is newer itself; what failed since says that restores have stopped working.
        findings.AddRange(points.Where((stored, at) => book.HasFailed(stored) && (at < older || book.WasDrilledAfter(stored, last!))).Select(failed => new Finding(
            FindingSeverity.Critical, $"the drill of {Describe(failed, clock)} failed", $"`holdfast show {failed.Id.Short}` says why; do not rely on it")));
        findings.AddRange(Suspicious([.. points.Take(older).Where(stored => SuspiciousTag.IsOn(stored.Snapshot) && !book.HasFailed(stored))], book, accept, clock));
        findings.AddRange(Incomplete([.. points.Take(older).Where(IsIncomplete)], clock));
        var unproven = ImportedTag.PassOver(points).Intersect(points.Take(older)).Count(stored => book.LastOf(stored) is null && book.MayBeProven(stored));
        if (last is not null && unproven > 0)
        {
            findings.Add(new Finding(
                FindingSeverity.Warning,
                $"{HumanFormat.Count(unproven, "newer restore point is", "newer restore points are")} not proven",
                "prove them with `holdfast drill --all-unproven`"));
        }

        return findings;
    }

    private static bool IsIncomplete(StoredSnapshot stored) => stored.Snapshot.Tags.Contains(IncompleteTag.Value, StringComparer.Ordinal);

    /// <summary>One for all: a pair of lines for each would bury what else there is.</summary>
    private static IEnumerable<Finding> Suspicious(List<StoredSnapshot> newestFirst, ProofBook book, Func<StoredSnapshot, string> accept, TimeProvider clock)
    {
        if (newestFirst is not [var newest, ..]) yield break;
        var which = newestFirst.Count == 1 ? $"{Describe(newest, clock)} is suspicious: it holds" : $"{newestFirst.Count} newer restore points are suspicious, the newest is {Describe(newest, clock)}: it holds";
        // The next backup is compared with what is proven, so accepting another would change nothing.
        var acceptable = newestFirst.Find(book.IsProven) ?? newest;
        var proof = book.IsProven(acceptable) ? string.Empty : "prove it with `holdfast drill` afterwards; ";
        yield return new Finding(
            FindingSeverity.Warning,
            $"{which} much less than the last proven one",
            $"`holdfast show {acceptable.Id.Short}` says what; if that is as it should be, {proof}this accepts it: {accept(acceptable)}");
    }

    private static IEnumerable<Finding> Incomplete(List<StoredSnapshot> newestFirst, TimeProvider clock)
    {
        if (newestFirst is not [var newest, ..]) yield break;
        var which = newestFirst.Count == 1 ? $"{Describe(newest, clock)} is incomplete" : $"{newestFirst.Count} newer restore points are incomplete, the newest is {Describe(newest, clock)}";
        yield return new Finding(FindingSeverity.Warning, $"{which}: no drill can prove that", $"`holdfast show {newest.Id.Short}` says what is wrong with it; make another with `holdfast backup`");
    }

    private static Finding OnLast(StoredSnapshot? last, List<StoredSnapshot> points, TimeProvider clock)
    {
        if (last is null)
        {
            return new Finding(
                FindingSeverity.Critical, "no restore point is proven", IsIncomplete(points[0]) ? "make one that is complete with `holdfast backup`, and prove it with `holdfast drill`" : "prove the latest with `holdfast drill`");
        }

        // It may be of a part, or of long ago: nothing that was backed up here is proven to come back.
        return ImportedTag.IsOn(last.Snapshot) && points.Exists(stored => !ImportedTag.IsOn(stored.Snapshot))
            ? new Finding(FindingSeverity.Critical, $"no backup is proven; only {Describe(last, clock)} is, which was imported", "prove the latest with `holdfast drill`")
            : new Finding(FindingSeverity.Ok, $"the last proven restore point is {Describe(last, clock)}{(ImportedTag.IsOn(last.Snapshot) ? ", which was imported" : string.Empty)}", null);
    }

    private static bool IsFuture(StoredSnapshot stored, TimeProvider clock) => stored.Snapshot.Time.ToDateTimeOffset() > clock.GetUtcNow() + Skew;

    private static string Describe(StoredSnapshot stored, TimeProvider clock)
    {
        var time = stored.Snapshot.Time.ToDateTimeOffset();
        var age = clock.GetUtcNow() - time;
        var how = age.TotalSeconds < 0 ? "in the future" : age.TotalDays >= 2 ? $"{(int)age.TotalDays} days old" : age.TotalHours >= 2 ? $"{(int)age.TotalHours} hours old" : $"{HumanFormat.Count((int)age.TotalMinutes, "minute", "minutes")} old";
        return $"{stored.Id.Short} of {HumanFormat.Time(time, clock.LocalTimeZone)} ({how})";
    }
}
