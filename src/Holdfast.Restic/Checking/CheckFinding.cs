namespace Holdfast.Restic.Checking;

/// <summary>One thing that a check found.</summary>
/// <param name="Severity">Whether anything is wrong.</param>
/// <param name="Subject">The file or blob it is about.</param>
/// <param name="Message">What is the matter with it, one sentence that is safe to print; the subject is not repeated.</param>
/// <param name="Hurts">The snapshots and paths that cannot be restored because of it, the newest snapshot first; empty when nothing is lost.</param>
/// <param name="MoreSnapshots">How many further snapshots it hurts.</param>
public sealed record CheckFinding(CheckSeverity Severity, CheckSubject Subject, string Message, IReadOnlyList<Harm> Hurts, int MoreSnapshots);
