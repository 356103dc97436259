namespace Holdfast.Cli.Output;

/// <summary>A line of diff: a file or folder that differs.</summary>
internal sealed record DiffChangeDocument(
    string Type, string Path, string? PathBytes, string Change, string Node, long? OldBytes, long? NewBytes, long ChangedBytes, IReadOnlyList<string> Metadata);

/// <summary>A line of diff, an element of show: a database of which the numbers differ.</summary>
internal sealed record DiffDatabaseDocument(string Type, string Name, long? OldBytes, long? NewBytes, IReadOnlyList<TableChangeDocument> Tables);

internal sealed record TableChangeDocument(string Name, long? OldRows, long? NewRows);

/// <summary>The last line of diff, and what show says about the snapshot before.</summary>
internal sealed record DiffSummaryDocument(
    string Type,
    string From,
    string To,
    long FilesAdded,
    long FilesRemoved,
    long FilesChanged,
    long FoldersAdded,
    long FoldersRemoved,
    long MetadataChanged,
    long BytesAdded,
    long BytesRemoved,
    long BytesChanged,
    IReadOnlyList<string> Problems);
