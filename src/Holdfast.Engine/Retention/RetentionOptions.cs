using Holdfast.Engine.Manifest;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>Which snapshots are kept, and of which it is asked.</summary>
public sealed record RetentionOptions
{
    public required KeepPolicy Policy { get; init; }

    /// <summary>How long safety snapshots are kept, counted back from the newest of their application.</summary>
    public CalendarSpan Safety { get; init; } = KeepDeclaration.DefaultSafety;

    /// <summary>Only these are looked at; all others stay and count for nothing.</summary>
    public SnapshotFilter Filter { get; init; } = SnapshotFilter.All;

    public RetentionGrouping Grouping { get; init; } = RetentionGrouping.Default;

    /// <summary>Snapshots of the future are known to be an old mistake: go on, and leave them alone.</summary>
    public bool AcceptsFuture { get; init; }

    /// <summary>It is known that nothing is proven where this runs: what a policy then removes is no finding.</summary>
    public bool AcceptsUnproven { get; init; }

    /// <summary>There really were no backups for a long time: go on where that alone removes all that is older.</summary>
    public bool AcceptsGap { get; init; }
}
