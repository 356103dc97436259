namespace Holdfast.Cli.Output;

/// <summary>The JSON of <c>repair index</c>.</summary>
internal sealed record RepairIndexDocument(
    bool DryRun,
    IReadOnlyList<string> DamagedIndexes,
    IReadOnlyList<string> AddedPacks,
    IReadOnlyList<string> CorrectedPacks,
    IReadOnlyList<string> MissingPacks,
    IReadOnlyList<UnreadablePackDocument> UnreadablePacks,
    int IndexesWritten,
    int IndexesRemoved);

internal sealed record UnreadablePackDocument(string Id, string Message, bool Listed);

/// <summary>The JSON of <c>repair packs</c>.</summary>
internal sealed record RepairPacksDocument(bool DryRun, IReadOnlyList<RepairedPackDocument> Packs, int PacksRemoved);

internal sealed record RepairedPackDocument(string Id, bool Sound, int Blobs, int SavedBlobs, long SavedBytes, int BlobsElsewhere, IReadOnlyList<string> LostBlobs);

/// <summary>The JSON of <c>repair snapshots</c>.</summary>
internal sealed record RepairSnapshotsDocument(
    bool DryRun, int Snapshots, IReadOnlyList<RepairedSnapshotDocument> Hurt, IReadOnlyList<string> Unreadable, IReadOnlyList<string> Removed);

internal sealed record RepairedSnapshotDocument(string Id, string? RepairedAs, long FilesCut, long FoldersEmptied, long EntriesRemoved, IReadOnlyList<string> Paths);
