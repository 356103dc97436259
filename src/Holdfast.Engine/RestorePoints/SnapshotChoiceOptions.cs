using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Which snapshot is meant.</summary>
public sealed record SnapshotChoiceOptions
{
    /// <summary>The beginning of an ID, or <see cref="SnapshotSelection.Latest"/>; null is the latest too.</summary>
    public string? Id { get; init; }

    /// <summary>Among which the newest is chosen. Not together with an ID, which needs no choice.</summary>
    public RestorePointFilter Filter { get; init; } = RestorePointFilter.All;

    /// <summary>
    /// A snapshot that is suspicious, incomplete or has failed its drill is not chosen where an older proven one could be meant: somebody is
    /// to say which; nor one of another application of the same name where it is not clear which is meant. Otherwise a warning will do.
    /// </summary>
    public bool RefuseDoubtful { get; init; }

    /// <summary>The application whose latest is meant when the filter names none: that of the manifest; null for whatever is in the repository.</summary>
    public string? DefaultApplication { get; init; }

    /// <summary>Where that application is, so that another one of the same name is not taken for it; null when nobody knows.</summary>
    public SnapshotOrigin? Here { get; init; }
}
