namespace Holdfast.Cli.Output;

/// <summary>One element of the array that list prints.</summary>
internal sealed record SnapshotListItem(
    string Id,
    string ShortId,
    string Time,
    string Hostname,
    IReadOnlyList<string> Paths,
    IReadOnlyList<string> Tags,
    string? Application,
    bool Incomplete,
    bool Safety,
    bool Suspicious,
    long? Files,
    long? Bytes,
    bool Proven,
    string? ProvenAt,
    bool DrillFailed,
    IReadOnlyList<SnapshotPlaceDocument> Repositories);

/// <summary>One of several repositories that have a restore point.</summary>
internal sealed record SnapshotPlaceDocument(string Name, string Id, bool Proven, bool DrillFailed);
