namespace Holdfast.Restic.Locks;

/// <summary>What unlocking did.</summary>
/// <param name="Removed">Locks that are gone.</param>
/// <param name="Kept">Locks that are in use.</param>
/// <param name="UnreadableRemoved">Locks that were removed without being readable.</param>
/// <param name="UnreadableKept">Locks that cannot be read, so that nobody knows whether they are in use: they block everyone.</param>
public sealed record UnlockResult(
    IReadOnlyList<LockEntry> Removed, IReadOnlyList<LockEntry> Kept, int UnreadableRemoved, int UnreadableKept);
