namespace Holdfast.Cli.Output;

/// <summary>What one drill came to.</summary>
internal sealed record DrillDocument(
    string SnapshotId,
    bool Proven,
    double Seconds,
    double RestoreSeconds,
    double RecoverySeconds,
    long Files,
    long Databases,
    long Bytes,
    IReadOnlyList<DrillCheckDocument> Checks,
    IReadOnlyList<string> Notices);

internal sealed record DrillCheckDocument(string Name, string Subject, bool Passed, string? Detail, double Seconds);

/// <summary>What drill --all-unproven prints.</summary>
/// <param name="Left">IDs of those that were not drilled because the budget was used up.</param>
/// <param name="PassedOver">IDs of those that are incomplete, or whose drill has failed before.</param>
internal sealed record UnprovenDrillsDocument(bool Proven, IReadOnlyList<DrillDocument> Drills, IReadOnlyList<string> Left, IReadOnlyList<string> PassedOver);
