namespace Holdfast.Cli.Output;

/// <summary>The JSON of <c>copy</c>. Sizes in bytes.</summary>
internal sealed record CopyDocument(
    bool DryRun,
    IReadOnlyList<CopiedSnapshotDocument> Copied,
    IReadOnlyList<CopiedSnapshotDocument> Present,
    IReadOnlyList<FailedCopyDocument> Failed,
    long BytesAdded,
    long StoredBytesAdded,
    bool SharesPieces);

/// <summary>A snapshot and its copy; in a dry run it has none yet.</summary>
internal sealed record CopiedSnapshotDocument(string SnapshotId, string? CopyId, string Time);

/// <summary>A snapshot that cannot be read.</summary>
internal sealed record FailedCopyDocument(string SnapshotId, string Message);

/// <summary>The JSON of <c>copy</c> between all repositories of a manifest.</summary>
internal sealed record CopyEverywhereDocument(IReadOnlyList<CopyDestinationDocument> Repositories);

/// <summary>What one of them was given. Sizes in bytes.</summary>
internal sealed record CopyDestinationDocument(
    string Name, string Location, IReadOnlyList<CopiedSnapshotDocument> Copied, long StoredBytesAdded, IReadOnlyList<string> Problems);
