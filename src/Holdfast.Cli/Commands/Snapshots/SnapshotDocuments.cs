using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>Snapshots as --json shows them.</summary>
internal static class SnapshotDocuments
{
    internal static SnapshotListItem Of(StoredSnapshot stored, ProofBook proofs) => new(
        stored.Id.ToString(),
        stored.Id.Short,
        stored.Snapshot.Time.ToString(),
        stored.Snapshot.Hostname ?? string.Empty,
        stored.Snapshot.Paths,
        stored.Snapshot.Tags,
        ApplicationTag.ApplicationOf(stored.Snapshot.Tags),
        stored.Snapshot.Tags.Contains(IncompleteTag.Value),
        SafetyTag.IsOn(stored.Snapshot),
        SuspiciousTag.IsOn(stored.Snapshot),
        (long?)stored.Snapshot.Summary?.TotalFilesProcessed,
        (long?)stored.Snapshot.Summary?.TotalBytesProcessed,
        proofs.IsProven(stored),
        proofs.ProvenAt(stored),
        proofs.HasFailed(stored),
        []);

    internal static ShowDocument Of(StoredSnapshot stored, SnapshotRecord? record, ProofBook proofs, SincePreviousDocument? sincePrevious) => new(
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
        record?.Suspicions ?? [],
        stored.Snapshot.Tags.Contains(IncompleteTag.Value),
        SafetyTag.IsOn(stored.Snapshot),
        proofs.IsProven(stored),
        proofs.ProvenAt(stored),
        proofs.HasFailed(stored),
        proofs.FailedAt(stored),
        [.. proofs.FailedChecks(stored).Select(DrillDocuments.Of)],
        sincePrevious);
}
