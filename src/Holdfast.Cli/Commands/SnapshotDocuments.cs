using Holdfast.Cli.Output;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary>Snapshots as --json shows them.</summary>
internal static class SnapshotDocuments
{
    internal static SnapshotListItem Of(StoredSnapshot stored, Proofs proofs) => new(
        stored.Id.ToString(),
        stored.Id.Short,
        stored.Snapshot.Time.ToString(),
        stored.Snapshot.Hostname ?? string.Empty,
        stored.Snapshot.Paths,
        stored.Snapshot.Tags,
        ApplicationTag.ApplicationOf(stored.Snapshot.Tags),
        stored.Snapshot.Tags.Contains(IncompleteTag.Value),
        stored.Snapshot.Tags.Contains(SafetyTag.Value),
        (long?)stored.Snapshot.Summary?.TotalFilesProcessed,
        (long?)stored.Snapshot.Summary?.TotalBytesProcessed,
        proofs.IsProven(stored.Id),
        proofs.ProvenAt(stored.Id),
        proofs.HasFailed(stored.Id));

    internal static ShowDocument Of(StoredSnapshot stored, SnapshotRecord? record, Proofs proofs, SincePreviousDocument? sincePrevious) => new(
        stored.Id.ToString(),
        stored.Snapshot.Time.ToString(),
        stored.Snapshot.Hostname ?? string.Empty,
        stored.Snapshot.Username ?? string.Empty,
        stored.Snapshot.Paths,
        stored.Snapshot.Tags,
        stored.Snapshot.Parent?.ToString(),
        record?.Application,
        record?.Root,
        record?.Version,
        record?.Program ?? stored.Snapshot.ProgramVersion,
        record?.Groups ?? new Dictionary<string, IReadOnlyList<string>>(),
        MomentsDocument.Of(record?.Moments),
        (long?)stored.Snapshot.Summary?.TotalFilesProcessed,
        (long?)stored.Snapshot.Summary?.TotalBytesProcessed,
        (long?)stored.Snapshot.Summary?.DataAddedPacked,
        [.. (record?.Databases ?? []).Select(DatabaseDocuments.Of)],
        record?.Problems ?? [],
        stored.Snapshot.Tags.Contains(IncompleteTag.Value),
        stored.Snapshot.Tags.Contains(SafetyTag.Value),
        proofs.IsProven(stored.Id),
        proofs.ProvenAt(stored.Id),
        proofs.HasFailed(stored.Id),
        proofs.FailedAt(stored.Id),
        [.. proofs.FailedChecks(stored.Id).Select(DrillDocuments.Of)],
        sincePrevious);
}
