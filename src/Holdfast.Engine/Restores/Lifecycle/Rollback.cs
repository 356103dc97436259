using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>What takes the last restore of an application back.</summary>
/// <param name="Operation">The restore.</param>
/// <param name="Result">What it came to.</param>
public sealed record Rollback(Operation Operation, ApplicationRestoreResult Result)
{
    private const int LookedAt = 1000;

    /// <summary>Finds the last restore that has an end and was not rolled back yet.</summary>
    /// <exception cref="HoldfastException">NotFound: there is none, or it replaced nothing.</exception>
    public static Rollback Find(OperationJournal journal, ApplicationKey application)
    {
        var last = journal.List(application.Place, LookedAt).FirstOrDefault(IsRestore) ?? throw new HoldfastException(
            FailureKind.NotFound, $"no restore of the application {application.Name} is known on this machine", "`holdfast list` shows its safety snapshots; each can be restored by its ID");
        if (last.State == OperationState.RolledBack)
        {
            throw new HoldfastException(
                FailureKind.NotFound,
                $"the last restore (operation {last.Number}) was rolled back already",
                "`holdfast list` shows the safety snapshots of earlier ones; each can be restored by its ID");
        }

        var result = ApplicationRestoreResult.Parse(last.Result ?? string.Empty);
        if (result.Safety is null && result.Created.Count == 0)
        {
            throw new HoldfastException(
                FailureKind.NotFound,
                $"the last restore (operation {last.Number}) has no safety snapshot to go back to",
                "choose a snapshot from `holdfast list`");
        }

        return new Rollback(last, result);
    }

    private static bool IsRestore(Operation operation) =>
        operation.Kind == OperationKind.Restore && operation.State is OperationState.Done or OperationState.DoneInPart or OperationState.RolledBack;
}
