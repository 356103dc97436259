using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Drills;

/// <summary>A proof holds only while what was proven is still there: a check or a restore that finds a proven snapshot hurt withdraws it.</summary>
/// <param name="stateFolder">The folder of the local state, which need not be there.</param>
/// <param name="repository">The one that was read.</param>
/// <param name="location">Where it is, as proofs name its place.</param>
/// <param name="program">Name and version of the program, for the record.</param>
/// <param name="clock">For the record.</param>
public sealed class ProofWithdrawal(FilePath stateFolder, Repository repository, string location, string program, TimeProvider clock)
{
    /// <summary>What the check of a repository is called among the checks of a drill.</summary>
    public const string CheckName = "repository_check";

    private const string RestoreName = "restore";
    private const string FoundByRestore = "a restore found content of this snapshot damaged in the repository";

    /// <param name="check">What was found.</param>
    /// <param name="hasReadAll">Every byte of the repository was read.</param>
    /// <param name="cancellationToken">Ends the reading of snapshots.</param>
    /// <exception cref="HoldfastException">The local state or the snapshots cannot be read.</exception>
    public async Task<CheckedProofs> AfterCheckAsync(CheckResult check, bool hasReadAll, CancellationToken cancellationToken)
    {
        if ((check.HurtSnapshots.Count == 0 && !hasReadAll) || !LocalState.Exists(stateFolder)) return new CheckedProofs([], []);
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        using var state = LocalState.Open(stateFolder);
        var store = new ProofStore(state);
        var book = store.Load(repository.Config.Id, location);
        var withdrawn = Withdraw(store, book, snapshots.Readable, check, program, clock.GetLocalNow());
        return new CheckedProofs(withdrawn, hasReadAll ? GiveBack(store, book, snapshots.Readable, check) : []);
    }

    /// <summary>A failed check of a drill is none of a drill, but of what was found later.</summary>
    internal static bool IsOne(DrillCheck check) => check.Name == CheckName || (check.Name == RestoreName && check.Detail == FoundByRestore);

    /// <param name="snapshot">What was restored.</param>
    /// <param name="foundDamage">Something of it is damaged in the repository.</param>
    /// <returns>True when it was proven, and is not any more.</returns>
    /// <exception cref="HoldfastException">The local state cannot be read.</exception>
    public bool AfterRestore(StoredSnapshot snapshot, bool foundDamage)
    {
        if (!foundDamage || !LocalState.Exists(stateFolder)) return false;
        using var state = LocalState.Open(stateFolder);
        var store = new ProofStore(state);
        return Withdraw(store, store.Load(repository.Config.Id, location), snapshot, program, clock.GetLocalNow());
    }

    /// <summary>Records a failed drill for all proven content that is hurt, and returns which snapshots it was proven as.</summary>
    /// <param name="store">The drills.</param>
    /// <param name="book">Those of the repository that was checked, at its place.</param>
    /// <param name="snapshots">Its snapshots that can be read.</param>
    /// <param name="check">What was found.</param>
    /// <param name="program">Name and version of the program, for the record.</param>
    /// <param name="at">The time of day.</param>
    internal static IReadOnlyList<Id> Withdraw(
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

    /// <summary>
    /// What a check or a restore found hurt, as after the loss of an index that was written anew since, and of which every byte was read now and found
    /// good, is what the drill found it to be.
    /// </summary>
    /// <returns>The snapshots that are proven again.</returns>
    internal static IReadOnlyList<Id> GiveBack(ProofStore store, ProofBook book, IReadOnlyList<StoredSnapshot> snapshots, CheckResult check)
    {
        var given = new List<Id>();
        foreach (var stored in snapshots.Where(stored => !check.HurtSnapshots.Contains(stored.Id) && book.IsWithdrawn(stored)).DistinctBy(stored => stored.Snapshot.Tree))
        {
            if (store.LastGood(book.LastOf(stored)!) is not { } good) continue;
            store.Record(good);
            given.Add(stored.Id);
        }

        return given;
    }

    /// <summary>Records a failed drill for proven content of which something could not be restored.</summary>
    /// <returns>True when there was a proof to withdraw.</returns>
    private static bool Withdraw(ProofStore store, ProofBook book, StoredSnapshot snapshot, string program, DateTimeOffset at)
    {
        if (!book.IsProven(snapshot)) return false;
        var found = new DrillCheck(RestoreName, "everything in the snapshot", Passed: false, FoundByRestore, 0);
        store.Record(book.LastOf(snapshot)! with { Proven = false, At = at, Program = program, ChecksJson = DrillCheck.Serialize([found]) });
        return true;
    }
}

/// <summary>What a check of a repository does to the proofs of its content.</summary>
/// <param name="Withdrawn">The snapshots that were proven, and are hurt.</param>
/// <param name="GivenBack">Those that were found hurt before, and are proven again.</param>
public sealed record CheckedProofs(IReadOnlyList<Id> Withdrawn, IReadOnlyList<Id> GivenBack);
