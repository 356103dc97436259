using Holdfast.Restic.Blobs;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Copying;

/// <summary>What copying came to.</summary>
/// <param name="Copied">Durable in the target.</param>
/// <param name="Failed">Not copied, because the source could not be read.</param>
/// <param name="Added">What the target did not have.</param>
public sealed record CopyResult(IReadOnlyList<CopiedSnapshot> Copied, IReadOnlyList<FailedCopy> Failed, AddedBlobs Added);

/// <summary>A snapshot of which a part cannot be read, and why.</summary>
public sealed record FailedCopy(StoredSnapshot Source, string Why);
