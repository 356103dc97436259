using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>What the restore of a cluster came to.</summary>
public sealed record ClusterRestoreResult
{
    /// <summary>The database's name in the manifest.</summary>
    public required string Name { get; init; }

    /// <summary>Where what was at the target before is now; null when nothing was.</summary>
    public required FilePath? Kept { get; init; }

    public required long Files { get; init; }

    public required long Bytes { get; init; }

    public required TimeSpan Duration { get; init; }

    public required IReadOnlyList<string> Notices { get; init; }
}
