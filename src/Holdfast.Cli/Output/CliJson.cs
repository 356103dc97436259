using System.Text.Json.Serialization;
using Holdfast.Cli.Commands.Repositories;

namespace Holdfast.Cli.Output;

/// <summary>Every document that --json prints; documented in docs/reference/json.md.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FailureDocument))]
[JsonSerializable(typeof(VersionDocument))]
[JsonSerializable(typeof(InitDocument))]
[JsonSerializable(typeof(DbRestorePlanDocument))]
[JsonSerializable(typeof(DbRestoreDocument))]
[JsonSerializable(typeof(DbRestoreClusterPlanDocument))]
[JsonSerializable(typeof(DbRestoreClusterDocument))]
[JsonSerializable(typeof(DbExportDocument))]
[JsonSerializable(typeof(DemoDocument))]
[JsonSerializable(typeof(BackupDocument))]
[JsonSerializable(typeof(IReadOnlyList<SnapshotListItem>))]
[JsonSerializable(typeof(ShowDocument))]
[JsonSerializable(typeof(LsDocument))]
[JsonSerializable(typeof(DumpDocument))]
[JsonSerializable(typeof(DiffChangeDocument))]
[JsonSerializable(typeof(DiffDatabaseDocument))]
[JsonSerializable(typeof(DiffSummaryDocument))]
[JsonSerializable(typeof(PruneDocument))]
[JsonSerializable(typeof(RepairIndexDocument))]
[JsonSerializable(typeof(RepairPacksDocument))]
[JsonSerializable(typeof(RepairSnapshotsDocument))]
[JsonSerializable(typeof(UnlockDocument))]
[JsonSerializable(typeof(KeyListDocument))]
[JsonSerializable(typeof(KeyChangeDocument))]
[JsonSerializable(typeof(KeyCheckDocument))]
[JsonSerializable(typeof(StatisticsDocument))]
[JsonSerializable(typeof(CopyDocument))]
[JsonSerializable(typeof(CopyEverywhereDocument))]
[JsonSerializable(typeof(AllRepositoriesDocument))]
[JsonSerializable(typeof(DrillDocument))]
[JsonSerializable(typeof(UnprovenDrillsDocument))]
[JsonSerializable(typeof(RestoreDocument))]
[JsonSerializable(typeof(RestorePlanDocument))]
[JsonSerializable(typeof(CheckDocument))]
[JsonSerializable(typeof(ForgetDocument))]
[JsonSerializable(typeof(OperationDocument))]
[JsonSerializable(typeof(IReadOnlyList<OperationDocument>))]
[JsonSerializable(typeof(UndoDocument))]
[JsonSerializable(typeof(ForgottenDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(ConfigShowDocument))]
[JsonSerializable(typeof(ConfigCheckDocument))]
[JsonSerializable(typeof(ExportDocument))]
[JsonSerializable(typeof(ImportDocument))]
[JsonSerializable(typeof(VerifyDocument))]
[JsonSerializable(typeof(IReadOnlyList<ArchiveListItem>))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>Printed by any command that fails.</summary>
internal sealed record FailureDocument(string Error, string Message, string? Hint, int ExitCode);

internal sealed record VersionDocument(string Version);

/// <summary>What the demonstration came to.</summary>
internal sealed record DemoDocument(bool Proven, bool Restored, long Rows, double Seconds);

internal sealed record BackupDocument(
    string SnapshotId,
    long Files,
    long FilesUnchanged,
    IReadOnlyList<DatabaseDocument> Databases,
    long BytesRead,
    long BytesAdded,
    double Seconds,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Suspicions,
    DrillDocument? Drill,
    string? Unproven,
    IReadOnlyList<string> Notices,
    string? Version,
    MomentsDocument? Moments,
    IReadOnlyList<ExportDocument> Archives,
    IReadOnlyList<BackupRepositoryDocument> Repositories);

internal sealed record DatabaseDocument(
    string Name,
    string Path,
    string JournalMode,
    long Pages,
    int PageSize,
    IReadOnlyDictionary<string, long> Tables,
    IReadOnlyList<string> Damage,
    string? Missing,
    string? At,
    string Kind,
    long? Bytes,
    PostgresDocument? Postgres);

internal sealed record UnlockDocument(
    IReadOnlyList<LockOwnerDocument> Removed, IReadOnlyList<LockOwnerDocument> Kept, int UnreadableRemoved, int UnreadableKept);

internal sealed record LockOwnerDocument(string Id, string Time, bool Exclusive, string Hostname, string Username, int Pid);

internal sealed record CheckDocument(
    bool Sound, IReadOnlyList<FindingDocument> Findings, int Snapshots, int Packs, int Trees, int Blobs, long BytesRead, CoverageDocument? Verified);

internal sealed record CoverageDocument(double WithinDays, int OfPacks, long OfBytes, int Packs, long Bytes);

internal sealed record FindingDocument(string Severity, string Subject, string Message, IReadOnlyList<HarmDocument> Hurts, int MoreSnapshots);

internal sealed record HarmDocument(string SnapshotId, string? Time, IReadOnlyList<string> Paths, long MorePaths);

internal sealed record RestoreDocument(
    string SnapshotId, string? Target, long Files, long Databases, long Bytes, double Seconds, IReadOnlyList<string> Problems, IReadOnlyList<string> Notices)
{
    /// <summary>These are of a restore in place only.</summary>
    public long? Operation { get; init; }

    public string? SafetySnapshotId { get; init; }

    public long? Removed { get; init; }

    public IReadOnlyList<string>? Created { get; init; }

    public IReadOnlyList<string>? CreatedDatabases { get; init; }

    public IReadOnlyList<string>? Kept { get; init; }

    public long? BytesReused { get; init; }

    public double? DownSeconds { get; init; }

    public string? Service { get; init; }
}

/// <summary>What restore --dry-run prints.</summary>
internal sealed record RestorePlanDocument(
    string SnapshotId,
    string? Target,
    long Files,
    long Databases,
    long Bytes,
    IReadOnlyList<string> Replaced,
    IReadOnlyList<string> Created,
    IReadOnlyList<SpaceDocument> Space,
    IReadOnlyList<string> Conflicts,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Notices)
{
    /// <summary>These are of a restore in place only.</summary>
    public IReadOnlyList<string>? Removed { get; init; }

    public string? Stops { get; init; }

    public string? Starts { get; init; }

    public long? SafetyBytes { get; init; }

    public IReadOnlyList<ServedPlanDocument>? Served { get; init; }

    public IReadOnlyList<string>? RemovedDatabases { get; init; }
}

internal sealed record SpaceDocument(string Path, long NeededBytes, long FreeBytes);
