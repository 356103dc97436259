namespace Holdfast.Engine.Databases.Postgres;

/// <summary>What a database held.</summary>
public sealed record PostgresSummary
{
    /// <summary>Bytes on the server, with indexes.</summary>
    public required long Bytes { get; init; }

    public required string Owner { get; init; }

    public required string Encoding { get; init; }

    public required string Collate { get; init; }

    public required string CType { get; init; }

    /// <summary>Rows of each table: <c>table</c> for those in the schema public, else <c>schema.table</c>. A partitioned table has the rows of its parts.</summary>
    public required IReadOnlyDictionary<string, long> Tables { get; init; }

    /// <summary>Names and versions.</summary>
    public required IReadOnlyDictionary<string, string> Extensions { get; init; }

    public required long LargeObjects { get; init; }
}
