namespace Holdfast.Cli.Output;

/// <summary>A line of ls.</summary>
internal sealed record LsDocument(
    string Path,
    string? PathBytes,
    string Type,
    string Mode,
    uint Uid,
    uint Gid,
    string? User,
    string? Group,
    long? Size,
    string Time,
    string? LinkTarget);
