using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>What takes the last restore of an application back.</summary>
/// <param name="Operation">The restore.</param>
/// <param name="Result">What it came to.</param>
public sealed record Rollback(Operation Operation, ApplicationRestoreResult Result)
{
    /// <summary>The newest restore after it that failed, so that it changed nothing: who takes back may have that one in mind. Null for none.</summary>
    public Operation? FailedSince { get; private init; }

    private const int LookedAt = 1000;

    /// <summary>Finds the last restore that has an end and was not rolled back yet.</summary>
    /// <exception cref="HoldfastException">NotFound: there is none, or it replaced nothing.</exception>
    public static Rollback Find(OperationJournal journal, ApplicationKey application)
    {
        var known = journal.List(application.Place, LookedAt);
        // Which restore is the last one cannot be told when there is something after it that may be one.
        if (known.TakeWhile(operation => !IsRestore(operation, application)).FirstOrDefault(MayBeRestore) is { } unreadable)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"operation {unreadable.Number} may be the last restore, and cannot be read: {string.Join("; ", unreadable.Unreadable)}",
                $"`holdfast list` shows the safety snapshots, each can be restored by its ID; `holdfast operations forget {unreadable.Number}` takes it out of the journal");
        }

        var last = LastOf(known.Where(operation => IsRestore(operation, application))) ?? throw new HoldfastException(
            FailureKind.NotFound, $"no restore of the application {application.Name} is known on this machine", "`holdfast list` shows its safety snapshots; each can be restored by its ID");
        if (last.State == OperationState.RolledBack)
        {
            throw new HoldfastException(
                FailureKind.NotFound,
                $"the last restore (operation {last.Number}) was rolled back already",
                "`holdfast list` shows the safety snapshots of earlier ones; each can be restored by its ID");
        }

        var result = ApplicationRestoreResult.Parse(last.Result ?? string.Empty);
        if (result.Safety is null && result.Created.Count + result.CreatedDatabases.Count == 0)
        {
            throw new HoldfastException(
                FailureKind.NotFound,
                $"the last restore (operation {last.Number}) has no safety snapshot to go back to",
                "choose a snapshot from `holdfast list`");
        }

        // Without a safety snapshot only what was not there before can be taken back; a part of it would be a third state.
        if (result.Safety is null && result.Files + result.Databases + result.Removed > result.Created.Count + result.CreatedDatabases.Count)
        {
            throw new HoldfastException(
                FailureKind.NotFound,
                $"the last restore (operation {last.Number}) was made without a safety snapshot (--no-safety), and has replaced or removed files: there is nothing to bring them back from",
                "choose a snapshot from `holdfast list`");
        }

        return new Rollback(last, result)
        {
            FailedSince = known.FirstOrDefault(operation => operation is { Kind: OperationKind.Restore, State: OperationState.Failed } && IsAfter(operation, last)),
        };
    }

    /// <summary>The ID of the snapshot it goes to: that of the state before; where nothing was replaced there is none, and what was made goes away.</summary>
    public string Snapshot => Result.Safety ?? Result.Snapshot;

    /// <summary>What is asked for to take it back.</summary>
    /// <param name="asked">How it is wanted: the snapshot, waiting, starting.</param>
    public RestoreRequest Request(RestoreRequest asked) => asked with
    {
        Remove = Result.Created,
        RemoveDatabases = Result.CreatedDatabases,
        RollsBack = Operation.Number,
        OnlyRemoves = Result.Safety is null,
        // The state before may be one that was never as expected: it is brought back as it was.
        AcceptsContent = true,
    };

    /// <summary>What is taken back, for a person who is to agree.</summary>
    public string Describe(TimeZoneInfo zone) => $"operation {Operation.Number} of {HumanFormat.Time(Operation.Started, zone)}: {Operation.Title}";

    /// <summary>What a person may get wrong about it; null for nothing.</summary>
    public string? Warning(TimeZoneInfo zone) => FailedSince is { } failed
        ? $"the last restore that changed something is taken back: {Describe(zone)}; operation {failed.Number} of {HumanFormat.Time(failed.Started, zone)} ({failed.Title}) came after it, failed, and changed nothing"
        : null;

    /// <summary>
    /// A rollback that fails because the state before was damaged itself, in the words of who has to do something now: the damaged file was kept as it
    /// was, and a rollback cannot make it sound. Any other failure as it is.
    /// </summary>
    public HoldfastException Explain(HoldfastException error)
    {
        if (error.Kind != FailureKind.Damaged || Result.Kept.Where(FileSystem.Exists).ToList() is not [var first, ..] kept) return error;
        var names = string.Join(" and ", kept.Select(path => $"\"{path.Display}\""));
        return new HoldfastException(
            FailureKind.Damaged,
            $"the state before the restore (operation {Operation.Number}) was damaged itself, and the restored state stays: {error.Message}; the restore has kept the old file as it was: {names}",
            $"for another state, choose one with `holdfast list --proven` and restore it; to save what is left in the old file, `sqlite3 \"{first.Display}\" .recover`; "
            + "to have it back damaged as it is, stop the application and move it over the present one",
            error);
    }

    /// <summary>Begun anew, an old restore would undo a later one, and a rollback would not know which of them was the last.</summary>
    /// <exception cref="HoldfastException">Usage: a later one has come to its end.</exception>
    internal static void RefuseOutdated(OperationJournal journal, Operation operation)
    {
        var later = journal.List(operation.Place, LookedAt)
            .FirstOrDefault(other => other.Number > operation.Number && (IsRestore(other) || other is { Kind: OperationKind.Rollback, State: OperationState.Done or OperationState.DoneInPart }));
        if (later is null) return;
        throw new HoldfastException(
            FailureKind.Usage,
            $"operation {operation.Number} ({operation.Title}) had changed nothing, and operation {later.Number} ({later.Title}) was done after it: to go on with it would replace what that has restored",
            $"`holdfast operations undo {operation.Number}` puts it away; if it is what you want, restore its snapshot anew");
    }

    // One that was interrupted may have been resumed, and have come to its end, after later ones.
    private static Operation? LastOf(IEnumerable<Operation> restores) =>
        restores.Aggregate((Operation?)null, (last, restore) => last is null || IsAfter(restore, last) ? restore : last);

    // Numbers tell the order, unless the times of both say that the earlier one has outlasted the later; where the clock was set back in between, they do not.
    private static bool IsAfter(Operation one, Operation other) =>
        one.Number > other.Number ? !Outlasted(other, one) : one.Number < other.Number && Outlasted(one, other);

    private static bool Outlasted(Operation earlier, Operation later) => earlier.Started <= later.Started && earlier.Ended > later.Ended;

    private static bool MayBeRestore(Operation operation) =>
        operation.Kind is (OperationKind.Restore or OperationKind.Rollback or "") && (operation.State == OperationState.Unreadable || operation.Place.Length == 0);

    private static bool IsRestore(Operation operation, ApplicationKey application) =>
        operation.Place == application.Place && IsRestore(operation);

    private static bool IsRestore(Operation operation) =>
        operation.Kind == OperationKind.Restore && operation.State is OperationState.Done or OperationState.DoneInPart or OperationState.RolledBack;
}
