using Holdfast.Engine.Backups;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>An operation that left its application between two states, in words: what is known of it, and what to do.</summary>
public static class UnsettledOperation
{
    private const string Lost = "what it has left to be put back cannot be read, so it is not known in which state the application is";

    /// <summary>This program knows how to bring it to an end.</summary>
    public static bool CanBeEnded(Operation operation) => PausedApplication.IsLeftBy(operation)
        || (IsRestore(operation) && (operation.Undo is not { } undo || ExchangeDocument.TryParse(undo) is not null));

    /// <summary>In which state an interrupted restore has left the application, in a sentence.</summary>
    public static string Situation(Operation operation) => !CanBeEnded(operation) ? Lost : DocumentOf(operation) switch
    {
        null => "nothing was changed yet",
        { Standstill: Standstill.Stopping } => "everything is as before, but the application was asked to stop, had not ended when it was last seen, and may stand still",
        { Standstill: Standstill.Broken } => "everything is as before, but the application did not work when it was started again",
        { Phase: ExchangePhase.Staged, Service.WasRunning: true } => "nothing was changed yet, but the application may stand still",
        { Phase: ExchangePhase.Staged } => "nothing was changed yet",
        { } document when document.IsGoneOver(operation.Number) =>
            "somebody has gone over it with another restore, as whom it is not known here, and what is there now is of that one",
        { Phase: ExchangePhase.Exchanging } => "some of the application may be restored and some not: it must not run like that",
        { Phase: ExchangePhase.Exchanged } => "everything is restored, but it is not known yet whether the application works with it",
        _ => "everything is restored and works; only what is left of the old state is still to be removed",
    };

    /// <summary>What to do about it; only what can be done.</summary>
    public static string Advice(Operation operation) => operation.IsStandstill
        ? $"`holdfast operations undo {operation.Number}` starts it when it does not run; another restore can be made at once, and starts it, too"
        : CanBeEnded(operation)
        ? DocumentOf(operation) is { Phase: ExchangePhase.Accepted }
            ? $"`holdfast operations resume {operation.Number}` finishes it; `holdfast rollback` then goes back to the old state"
            : DocumentOf(operation)?.IsGoneOver(operation.Number) == true
            ? $"to leave all as it is, `holdfast operations forget {operation.Number} --force` takes it out of the journal; `holdfast operations undo {operation.Number}` would bring back the state before it, and put aside what is there now"
            : $"`holdfast operations resume {operation.Number}` finishes it, `holdfast operations undo {operation.Number}` puts the old state back"
        : $"if a newer version of Holdfast has begun it, run `holdfast operations undo {operation.Number}` with that; else look at the application's files (old ones lie beside the new ones as NAME.before-restore-TIME), "
            + $"put them right, and `holdfast operations forget {operation.Number}` takes it out of the journal";

    /// <summary>It is not known that the application stands still: it still ran when it was last seen.</summary>
    public static bool MayRun(Operation operation) => operation.IsStandstill && DocumentOf(operation) is { Standstill: Standstill.Stopping };

    /// <exception cref="HoldfastException">Damaged: nobody can undo or finish it.</exception>
    internal static void RequireReadable(Operation operation)
    {
        if (!CanBeEnded(operation)) throw new HoldfastException(FailureKind.Damaged, $"operation {operation.Number} ({operation.Title}): {Lost}", Advice(operation));
    }

    /// <summary>Why nothing else may change the application.</summary>
    internal static HoldfastException Refusal(Operation operation) => PausedApplication.IsLeftBy(operation)
        ? new(
            FailureKind.Busy,
            $"operation {operation.Number} ({operation.Title}) was killed while the application's writes were paused",
            $"`holdfast operations undo {operation.Number}` lets them go on")
        : new(FailureKind.Busy, $"operation {operation.Number} ({operation.Title}) has not come to its end: {Situation(operation)}", Advice(operation));

    private static ExchangeDocument? DocumentOf(Operation operation) => operation.Undo is { } undo ? ExchangeDocument.TryParse(undo) : null;

    /// <summary>It leaves what <see cref="RestoreRecovery"/> puts back.</summary>
    public static bool IsRestore(Operation operation) => operation.Kind is OperationKind.Restore or OperationKind.Rollback or OperationKind.DatabaseRestore;
}
