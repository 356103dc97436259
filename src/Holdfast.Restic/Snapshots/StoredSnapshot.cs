using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>A snapshot with the ID of the file that holds it.</summary>
public sealed record StoredSnapshot(Id Id, Snapshot Snapshot);
