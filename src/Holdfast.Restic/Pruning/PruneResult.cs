namespace Holdfast.Restic.Pruning;

/// <summary>What prune did.</summary>
/// <param name="RemovedPacks">Pack files that are gone.</param>
/// <param name="RemovedBytes">Bytes of them.</param>
/// <param name="CopiedBlobs">Blobs that are in new packs now.</param>
/// <param name="CopiedBytes">Bytes of them, as they are stored.</param>
/// <param name="Problems">Files that could not be removed, one sentence each; the next run tries again. Nothing needed is concerned.</param>
public sealed record PruneResult(int RemovedPacks, long RemovedBytes, long CopiedBlobs, long CopiedBytes, IReadOnlyList<string> Problems);
