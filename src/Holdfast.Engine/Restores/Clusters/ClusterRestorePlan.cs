using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>What the restore of a cluster will do; nothing has been written yet.</summary>
public sealed record ClusterRestorePlan
{
    public required ClusterRestoreOptions Options { get; init; }

    /// <summary>What was saved.</summary>
    public required DatabaseRecord Record { get; init; }

    /// <summary>Bytes of all files.</summary>
    public required long Bytes { get; init; }

    public required IReadOnlyList<ClusterRestoreTablespace> Tablespaces { get; init; }

    /// <summary>A data directory is at the target and will be kept under another name.</summary>
    public required bool Replaces { get; init; }

    /// <summary>The account that will own the files.</summary>
    public required string Owner { get; init; }

    /// <summary>Why it cannot be done, one sentence each; empty when it can.</summary>
    public required IReadOnlyList<string> Obstacles { get; init; }

    /// <summary>The data directory in the snapshot.</summary>
    internal FilePath Source => FilePath.From(Record.Path).Combine(Record.Postgres!.Cluster!.Folder);
}

/// <summary>Where a tablespace goes.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name; null where it was not known.</param>
/// <param name="From">Its folder on the server.</param>
/// <param name="To">Its folder here.</param>
public sealed record ClusterRestoreTablespace(uint Id, string? Name, string From, FilePath To);
