namespace Holdfast.Cli.Output;

internal sealed record DbRestorePlanDocument(
    string? SnapshotId, string? Name, string Database, string Host, int Port, bool Replaces, IReadOnlyList<DbSessionDocument> Sessions, IReadOnlyList<string> Obstacles);

internal sealed record DbSessionDocument(int Process, string Role, string Program, string Client, string State);

/// <summary>A database of a server in the plan of a restore of its application.</summary>
internal sealed record ServedPlanDocument(
    string Name, string Database, string Host, int Port, bool Replaces, long Bytes, long? PresentBytes, IReadOnlyList<DbSessionDocument> Sessions);

internal sealed record DbRestoreDocument(
    string? SnapshotId, string Database, string? Kept, int? Tables, long? Rows, double Seconds, IReadOnlyList<string> Notices);

internal sealed record DbExportDocument(string SnapshotId, string Output, string Format, long Bytes, IReadOnlyList<string> Notices);

internal sealed record DbRestoreClusterPlanDocument(
    string SnapshotId,
    string Name,
    string Target,
    string ServerVersion,
    long Bytes,
    IReadOnlyList<DbTablespaceDocument> Tablespaces,
    bool Replaces,
    string Owner,
    IReadOnlyList<string> Obstacles);

internal sealed record DbTablespaceDocument(uint Id, string? Name, string From, string To);

internal sealed record DbRestoreClusterDocument(
    string SnapshotId, string Name, string Target, string? Kept, long Files, long Bytes, double Seconds, IReadOnlyList<string> Notices);
