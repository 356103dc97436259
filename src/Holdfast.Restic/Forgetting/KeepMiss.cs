using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Forgetting;

/// <summary>Why one rule of a policy does not keep a snapshot.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Cause">What is missing.</param>
/// <param name="Span">The length of a rule that has one.</param>
/// <param name="Count">How many a counted rule keeps; 0 for others.</param>
/// <param name="Instead">The newer one that the rule keeps of the same period; null for other causes.</param>
public sealed record KeepMiss(KeepRule Rule, KeepMissCause Cause, CalendarSpan Span, int Count, StoredSnapshot? Instead);

/// <summary>What a snapshot is missing for a rule to keep it.</summary>
public enum KeepMissCause
{
    /// <summary>A newer one of the same period is kept.</summary>
    PeriodTaken,

    /// <summary>As many newer ones are kept as the rule counts.</summary>
    CountUsedUp,

    /// <summary>It is older than the rule reaches.</summary>
    TooOld,

    /// <summary>It has none of the sets of tags.</summary>
    OtherTags,
}
