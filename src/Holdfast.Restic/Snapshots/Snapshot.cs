using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>The state of some paths at one time (section 6): a tree and what it is about.</summary>
public sealed record Snapshot
{
    /// <summary>When the backup started.</summary>
    public required Timestamp Time { get; init; }

    /// <summary>The snapshot that changes were detected against; null for none.</summary>
    public Id? Parent { get; init; }

    public required Id Tree { get; init; }

    /// <summary>The absolute paths that were asked for, in that order.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    public string? Hostname { get; init; }

    public string? Username { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>The patterns of what was left out.</summary>
    public IReadOnlyList<string> Excludes { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The first version of this snapshot, if tags or content were rewritten since.</summary>
    public Id? Original { get; init; }

    /// <summary>The program that wrote it, such as "restic 0.19.1".</summary>
    public string? ProgramVersion { get; init; }

    /// <summary>What the backup did; null when it was not recorded (restic before 0.17).</summary>
    public SnapshotSummary? Summary { get; init; }
}
