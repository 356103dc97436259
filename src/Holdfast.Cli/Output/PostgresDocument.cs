namespace Holdfast.Cli.Output;

/// <summary>What only a database of PostgreSQL has.</summary>
internal sealed record PostgresDocument(
    string Method,
    string Database,
    string ServerVersion,
    bool Standby,
    long Bytes,
    string Dump,
    string? Globals,
    bool RolePasswords,
    IReadOnlyDictionary<string, string> Extensions,
    long LargeObjects,
    ClusterDocument? Cluster);

/// <summary>What only a base backup has.</summary>
internal sealed record ClusterDocument(
    string Folder, string? SystemIdentifier, int Timeline, string? StartLsn, string? EndLsn, bool Checksums, IReadOnlyList<ClusterTablespaceDocument> Tablespaces);

internal sealed record ClusterTablespaceDocument(uint Id, string? Name, string Location);
