using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Drills;

/// <summary>A proof holds only while what was proven is still there: a check that finds a proven snapshot hurt withdraws it.</summary>
public static class ProofWithdrawal
{
    /// <summary>What the check of a repository is called among the checks of a drill.</summary>
    public const string CheckName = "repository_check";

    /// <summary>Records a failed drill for all proven content that is hurt, and returns which snapshots it was proven as.</summary>
    /// <param name="store">The drills.</param>
    /// <param name="book">Those of the repository that was checked, at its place.</param>
    /// <param name="snapshots">Its snapshots that can be read.</param>
    /// <param name="check">What was found.</param>
    /// <param name="program">Name and version of the program, for the record.</param>
    /// <param name="at">The time of day.</param>
    public static IReadOnlyList<Id> Withdraw(
        ProofStore store, ProofBook book, IReadOnlyList<StoredSnapshot> snapshots, CheckResult check, string program, DateTimeOffset at)
    {
        var trees = snapshots.Where(stored => check.HurtSnapshots.Contains(stored.Id)).Select(stored => stored.Snapshot.Tree).ToHashSet();
        var withdrawn = new List<Id>();
        foreach (var drill in book.Drills.Where(drill => drill.Proven))
        {
            // A snapshot file that cannot be read tells no content, but its ID was remembered.
            if (!check.HurtSnapshots.Contains(drill.Snapshot) && !(drill.Tree is { } tree && trees.Contains(tree))) continue;
            var found = new DrillCheck(CheckName, "the repository", Passed: false, "a check of the repository found content of this snapshot lost", 0);
            store.Record(drill with { Proven = false, At = at, Program = program, ChecksJson = DrillCheck.Serialize([found]) });
            withdrawn.Add(drill.Snapshot);
        }

        return withdrawn;
    }

    /// <summary>Records a failed drill for proven content of which something could not be restored.</summary>
    /// <returns>True when there was a proof to withdraw.</returns>
    public static bool Withdraw(ProofStore store, ProofBook book, StoredSnapshot snapshot, string program, DateTimeOffset at)
    {
        if (!book.IsProven(snapshot)) return false;
        var found = new DrillCheck("restore", "everything in the snapshot", Passed: false, "a restore found content of this snapshot damaged in the repository", 0);
        store.Record(book.LastOf(snapshot)! with { Proven = false, At = at, Program = program, ChecksJson = DrillCheck.Serialize([found]) });
        return true;
    }
}
