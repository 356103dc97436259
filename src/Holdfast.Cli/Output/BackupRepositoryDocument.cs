namespace Holdfast.Cli.Output;

/// <summary>What a backup came to in one of several repositories.</summary>
internal sealed record BackupRepositoryDocument(
    string Name,
    string Location,
    bool Primary,
    string? SnapshotId,
    IReadOnlyList<string> MadeUpFor,
    long BytesCopied,
    IReadOnlyList<string> Problems);
