using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Restic;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Drills;

/// <summary>What the local state knows of drills, as commands show it.</summary>
internal static class Proofs
{
    /// <summary>The drills remembered on this machine; the user is told when they cannot be read, and nothing counts as proven then.</summary>
    internal static ProofBook Load(Session session, Repository repository) =>
        RememberedProofs.Load(session.StateFolder, repository, session.Address().Place, session.Screen.Warning);

    /// <summary>What could not be restored is not proven any more, whatever a drill has found before.</summary>
    internal static void Withdraw(Session session, Repository repository, StoredSnapshot snapshot, bool foundDamage)
    {
        if (Withdrawal(session, repository).AfterRestore(snapshot, foundDamage))
            session.Screen.Warning($"snapshot {snapshot.Id.Short} was proven, and is not any more: `holdfast check --read-data` says what else is damaged");
    }

    /// <summary>Takes back what is not proven any more.</summary>
    internal static ProofWithdrawal Withdrawal(Session session, Repository repository) =>
        new(session.StateFolder, repository, session.Address().Place, Session.Program, session.Clock);

    /// <summary>When it was proven, ISO 8601; null when it is not.</summary>
    internal static string? ProvenAt(this ProofBook book, StoredSnapshot stored) => book.IsProven(stored) ? TimeOf(book.LastOf(stored)!) : null;

    /// <summary>When the last drill failed, ISO 8601; null when it did not.</summary>
    internal static string? FailedAt(this ProofBook book, StoredSnapshot stored) => book.HasFailed(stored) ? TimeOf(book.LastOf(stored)!) : null;

    /// <summary>When the last drill was; null when there was none, or when it says nothing of this snapshot.</summary>
    internal static DateTimeOffset? DrilledAt(this ProofBook book, StoredSnapshot stored) =>
        book.IsProven(stored) || book.HasFailed(stored) ? book.LastOf(stored)!.At : null;

    internal static string Word(this ProofBook book, StoredSnapshot stored) => book.IsProven(stored) ? "yes" : book.HasFailed(stored) ? "FAILED" : "no";

    private static string TimeOf(DrillRecord drill) => Timestamp.FromDateTimeOffset(drill.At.ToUniversalTime()).ToString();
}
