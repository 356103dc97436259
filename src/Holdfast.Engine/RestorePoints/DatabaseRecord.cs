using System.Text.Json.Serialization;

namespace Holdfast.Engine.RestorePoints;

/// <summary>One database of a snapshot and what it held. What is missing is empty, as in <see cref="SnapshotRecord"/>.</summary>
public sealed record DatabaseRecord
{
    /// <summary>The <see cref="Kind"/> of SQLite databases.</summary>
    public const string SqliteKind = "sqlite";

    /// <summary>The manifest's name, or the file's for a database that was found.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>The <see cref="Kind"/> of PostgreSQL databases.</summary>
    public const string PostgresKind = "postgres";

    /// <summary>Which program the database is of: one of the kinds above. Others are files to this program.</summary>
    [JsonPropertyName("kind")]
    public required string Kind { get; init; }

    /// <summary>
    /// Absolute: the file, or the folder of the snapshot that holds what was taken from a server. Always valid UTF-8, because SQLite's interface takes
    /// nothing else, and manifests hold nothing else.
    /// </summary>
    [JsonPropertyName("path")]
    public required string Path { get; init; }

    /// <summary>What only SQLite has; null for a database that could not be saved.</summary>
    [JsonPropertyName("sqlite")]
    public SqliteRecord? Sqlite { get; init; }

    /// <summary>What only PostgreSQL has; null for a database that could not be saved.</summary>
    [JsonPropertyName("postgres")]
    public PostgresRecord? Postgres { get; init; }

    /// <summary>Bytes of what was saved; null when nothing was.</summary>
    [JsonIgnore]
    public long? Bytes => Sqlite?.Bytes ?? (Postgres is { Method: PostgresRecord.Physical } ? Postgres.Bytes : Postgres?.DumpBytes);

    /// <summary>Row counts of every table at the moment of the snapshot.</summary>
    [JsonPropertyName("tables")]
    public IReadOnlyDictionary<string, long> Tables { get; init => field = value ?? field; } = new Dictionary<string, long>();

    /// <summary>The moment of the state that was saved; null in records of older programs.</summary>
    [JsonPropertyName("at")]
    public DateTimeOffset? At { get; init; }

    [JsonPropertyName("expect_tables")]
    public IReadOnlyList<string> ExpectTables { get; init => field = value ?? []; } = [];

    [JsonPropertyName("assertions")]
    public IReadOnlyList<string> Assertions { get; init => field = value ?? []; } = [];

    /// <summary>What was found broken in it while it was read; a snapshot with damage is never proven.</summary>
    [JsonPropertyName("damage")]
    public IReadOnlyList<string> Damage { get; init => field = value ?? []; } = [];

    /// <summary>Set when the database could not be saved at all: why. There is no such file in the snapshot then.</summary>
    [JsonPropertyName("missing")]
    public string? Missing { get; init; }
}
