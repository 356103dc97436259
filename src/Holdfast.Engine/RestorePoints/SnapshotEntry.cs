using Holdfast.Engine.Files;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>One thing in a snapshot.</summary>
/// <param name="Path">Absolute in the snapshot; its components are names that a file can have.</param>
public sealed record SnapshotEntry(FilePath Path, Node Node);
