using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>The snapshots of a repository.</summary>
/// <param name="Readable">Oldest first.</param>
/// <param name="Damaged">Files in snapshots/ that cannot be read.</param>
public sealed record SnapshotListing(IReadOnlyList<StoredSnapshot> Readable, IReadOnlyList<DamagedSnapshot> Damaged);

/// <summary>A snapshot file that cannot be read, and why.</summary>
public sealed record DamagedSnapshot(Id Id, string Why);
