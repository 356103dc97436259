using Holdfast.Engine.Backups;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Lifecycle;

namespace Holdfast.Cli.Commands.Operations;

/// <summary>What there is to say of an operation that did not come to its end.</summary>
internal static class InterruptedOperations
{
    /// <summary>In which state it left the application, and what to do; nothing for those that came to their end.</summary>
    internal static IEnumerable<string> Advice(Operation operation)
    {
        if (operation.State == OperationState.Unreadable && !operation.NeedsSettling)
        {
            yield return $"it has left nothing to be put back: `holdfast operations forget {operation.Number}` takes it out of the journal";
            yield break;
        }

        if (operation.State != OperationState.Interrupted && !operation.NeedsSettling) yield break;
        if (PausedApplication.IsLeftBy(operation))
        {
            yield return $"the application's writes may still be paused: `holdfast operations undo {operation.Number}` lets it go on";
            yield break;
        }

        if ((operation.Kind == OperationKind.DatabaseRestore || !UnsettledOperation.IsRestore(operation)) && operation.Undo is null)
        {
            yield return RepeatedCommand.Of(operation) is { } again
                ? $"it has changed nothing of the application: `holdfast operations resume {operation.Number}` runs it again (`{again}`), `holdfast operations undo {operation.Number}` puts it away"
                : $"it has changed nothing of the application: run `holdfast {operation.Kind}` again, or `holdfast operations undo {operation.Number}` to put it away";
            yield break;
        }

        yield return UnsettledOperation.Situation(operation);
        yield return UnsettledOperation.Advice(operation);
    }
}
