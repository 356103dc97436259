namespace Holdfast.Restic.Backends.S3;

/// <summary>Protection of new objects in a bucket with object lock.</summary>
/// <param name="Mode">Who may lift it early; null sets no date.</param>
/// <param name="RetainFor">How long from now; used where a mode is given.</param>
/// <param name="LegalHold">Keeps objects until the hold is lifted.</param>
public sealed record S3ObjectLock(S3RetentionMode? Mode, TimeSpan RetainFor, bool LegalHold);

/// <summary>The modes of S3's object lock.</summary>
public enum S3RetentionMode
{
    /// <summary>Users with a special permission may delete early.</summary>
    Governance,

    /// <summary>Nobody may delete early, nor shorten the time.</summary>
    Compliance,
}
