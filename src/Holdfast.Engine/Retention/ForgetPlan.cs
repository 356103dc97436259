using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>What is kept and what is removed, and why. Nothing has happened yet.</summary>
public sealed record ForgetPlan
{
    public required IReadOnlyList<ForgetGroup> Groups { get; init; }

    /// <summary>Snapshots that cannot be read: nobody knows what they are, and they stay.</summary>
    public IReadOnlyList<DamagedSnapshot> Damaged { get; init; } = [];

    /// <summary>What the user should know, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What is to be looked after, though the plan is followed; a single sentence each.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    public int Kept => Groups.Sum(group => group.Decisions.Count(decision => decision.IsKept));

    /// <summary>What goes, oldest first: in whatever moment the removal ends, what is left is the newer part.</summary>
    public IReadOnlyList<StoredSnapshot> Removals =>
        [.. Groups.SelectMany(group => group.Decisions).Where(decision => !decision.IsKept).Select(decision => decision.Stored)
            .OrderBy(stored => (stored.Snapshot.Time, stored.Id))];
}

/// <summary>The snapshots of one group, newest first.</summary>
public sealed record ForgetGroup(RetentionGroup Group, IReadOnlyList<ForgetDecision> Decisions);

/// <summary>What becomes of one snapshot.</summary>
/// <param name="Stored">Which one.</param>
/// <param name="IsKept">It stays.</param>
/// <param name="Reasons">Every reason for that, never empty.</param>
/// <param name="Verdict">What the policy says; null for a snapshot that the policy does not count.</param>
public sealed record ForgetDecision(StoredSnapshot Stored, bool IsKept, IReadOnlyList<RetentionReason> Reasons, PolicyVerdict? Verdict);

/// <summary>A reason in words for people.</summary>
public sealed record RetentionReason(RetentionReasonKind Kind, string Text);

/// <summary>What sort of reason it is.</summary>
public enum RetentionReasonKind
{
    /// <summary>The policy keeps it, or no part of the policy does.</summary>
    Policy,

    /// <summary>It is the restore point to rely on.</summary>
    LastProven,

    /// <summary>The policy would keep it if newer ones that are not to be relied on were not there.</summary>
    Doubts,

    /// <summary>It is of the future.</summary>
    Future,

    /// <summary>It came out of an archive.</summary>
    Imported,

    /// <summary>It is a safety snapshot.</summary>
    Safety,

    /// <summary>The user named it.</summary>
    Named,
}
