namespace Holdfast.Cli.Output;

/// <summary>The JSON of <c>stats</c>. Sizes in bytes.</summary>
internal sealed record StatisticsDocument(
    int SnapshotsCount,
    long Files,
    long RestoredBytes,
    long DataBlobs,
    long TreeBlobs,
    long PlainBytes,
    long StoredBytes,
    long UnneededBytes,
    long Packs,
    long RepositoryBytes,
    double? DeduplicationRatio,
    double? CompressionRatio,
    IReadOnlyList<SnapshotStatisticsDocument> Snapshots);

/// <summary>One snapshot.</summary>
internal sealed record SnapshotStatisticsDocument(string Id, string Time, string? Hostname, long Files, long RestoredBytes, long UniqueBytes);
