using Holdfast.Engine.Backups;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>An operation that left its application between two states, in words: what is known of it, and what to do.</summary>
public static class UnsettledOperation
{
    private const string Lost = "what it has left to be put back cannot be read, so it is not known in which state the application is";

    /// <summary>This program knows how to undo it.</summary>
    public static bool CanBeUndone(Operation operation) => PausedApplication.IsLeftBy(operation)
        || (IsRestore(operation) && (operation.Undo is not { } undo || ExchangeDocument.TryParse(undo) is not null));

    /// <summary>In which state an interrupted restore has left the application, in a sentence.</summary>
    public static string Situation(Operation operation) =>
        CanBeUndone(operation) ? new InterruptedRestore(operation, null, TimeProvider.System).Situation : Lost;

    /// <summary>What to do about it.</summary>
    public static string Advice(Operation operation) => CanBeUndone(operation)
        ? $"`holdfast operations resume {operation.Number}` finishes it, `holdfast operations undo {operation.Number}` puts the old state back"
        : $"if a newer version of Holdfast has begun it, run `holdfast operations undo {operation.Number}` with that; else look at the application's files (old ones lie beside the new ones as NAME.before-restore-TIME), "
            + $"put them right, and `holdfast operations forget {operation.Number}` takes it out of the journal";

    /// <exception cref="HoldfastException">Damaged: nobody can undo or finish it.</exception>
    internal static void RequireReadable(Operation operation)
    {
        if (!CanBeUndone(operation)) throw new HoldfastException(FailureKind.Damaged, $"operation {operation.Number} ({operation.Title}): {Lost}", Advice(operation));
    }

    /// <summary>Why nothing else may change the application.</summary>
    internal static HoldfastException Refusal(Operation operation) => PausedApplication.IsLeftBy(operation)
        ? new(
            FailureKind.Busy,
            $"operation {operation.Number} ({operation.Title}) was killed while the application's writes were paused",
            $"`holdfast operations undo {operation.Number}` lets them go on")
        : new(FailureKind.Busy, $"operation {operation.Number} ({operation.Title}) has not come to its end: {Situation(operation)}", Advice(operation));

    private static bool IsRestore(Operation operation) => operation.Kind is OperationKind.Restore or OperationKind.Rollback;
}
