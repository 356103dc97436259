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
    public static IReadOnlyList<Finding> Findings(
        ProofBook book, IReadOnlyList<StoredSnapshot> snapshots, string? application, TimeProvider clock)
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
        findings.AddRange(points.Take(older).Where(stored => SuspiciousTag.IsOn(stored.Snapshot)).Select(stored => new Finding(
            FindingSeverity.Warning,
            $"{Describe(stored, clock)} is suspicious: it holds much less than the last proven one",
            $"`holdfast show {stored.Id.Short}` says what; if that is as it should be, `restic tag --remove {SuspiciousTag.Value} {stored.Id.Short}` accepts it")));
        var unproven = ImportedTag.PassOver(points).Intersect(points.Take(older)).Count(stored => book.LastOf(stored) is null);
        if (last is not null && unproven > 0)
        {
            findings.Add(new Finding(
                FindingSeverity.Warning,
                $"{HumanFormat.Count(unproven, "newer restore point is", "newer restore points are")} not proven",
                "prove them with `holdfast drill --all-unproven`"));
        }

        return findings;
    }

    private static Finding OnLast(StoredSnapshot? last, List<StoredSnapshot> points, TimeProvider clock)
    {
        if (last is null) return new Finding(FindingSeverity.Critical, "no restore point is proven", "prove the latest with `holdfast drill`");
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
        var how = age.TotalSeconds < 0 ? "in the future" : age.TotalDays >= 2 ? $"{(int)age.TotalDays} days old" : age.TotalHours >= 2 ? $"{(int)age.TotalHours} hours old" : $"{(int)age.TotalMinutes} minutes old";
        return $"{stored.Id.Short} of {HumanFormat.Time(time, clock.LocalTimeZone)} ({how})";
    }
}
