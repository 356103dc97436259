using Holdfast.Cli.Commands.Snapshots;

namespace Holdfast.Cli.Output;

internal sealed record ShowDocument(
    string Id,
    string Time,
    string Hostname,
    string Username,
    IReadOnlyList<string> Paths,
    IReadOnlyList<string> Tags,
    string? Parent,
    string? Application,
    string? Root,
    string? Version,
    string? Program,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Groups,
    MomentsDocument? Moments,
    long? Files,
    long? Bytes,
    long? BytesAdded,
    IReadOnlyList<DatabaseDocument> Databases,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Suspicions,
    bool Incomplete,
    bool Safety,
    bool Proven,
    string? ProvenAt,
    bool DrillFailed,
    string? DrillFailedAt,
    IReadOnlyList<DrillCheckDocument> FailedChecks,
    SincePreviousDocument? SincePrevious);

/// <summary>What changed since the snapshot before of the same application and host.</summary>
internal sealed record SincePreviousDocument(DiffSummaryDocument Summary, IReadOnlyList<DiffDatabaseDocument> Databases);
