using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>The snapshot that is meant, and what its user should know about the choice.</summary>
public sealed record ChosenSnapshot(StoredSnapshot Snapshot, IReadOnlyList<string> Warnings);
