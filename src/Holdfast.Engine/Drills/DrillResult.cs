namespace Holdfast.Engine.Drills;

/// <summary>What a drill came to.</summary>
public sealed record DrillResult
{
    /// <summary>Every check passed.</summary>
    public required bool Proven { get; init; }

    /// <summary>Of the restore and all checks.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Of the restore alone: how long a real one would take at least.</summary>
    public required TimeSpan RestoreDuration { get; init; }

    /// <summary>
    /// From the order to a copy that was checked: the recovery time (RTO) that was shown to be possible. A boot of the application is a part of it.
    /// </summary>
    public TimeSpan RecoveryTime => Duration;

    public required IReadOnlyList<DrillCheck> Checks { get; init; }

    /// <summary>Bytes restored.</summary>
    public required long Bytes { get; init; }

    public required long Files { get; init; }

    public required long Databases { get; init; }

    /// <summary>What the user should know though nothing is wrong.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}
