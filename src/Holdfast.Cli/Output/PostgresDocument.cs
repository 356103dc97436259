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
    long LargeObjects);
