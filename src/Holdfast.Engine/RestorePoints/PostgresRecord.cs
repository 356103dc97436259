using System.Globalization;
using System.Text.Json.Serialization;

namespace Holdfast.Engine.RestorePoints;

/// <summary>What a record says about a database that was taken from a PostgreSQL server.</summary>
public sealed record PostgresRecord
{
    /// <summary>The <see cref="Method"/> of dumps.</summary>
    public const string Logical = "logical";

    /// <summary>The <see cref="Method"/> of base backups.</summary>
    public const string Physical = "physical";

    /// <summary>How it was saved: <see cref="Logical"/>, a dump of pg_dump, or <see cref="Physical"/>, the files of the whole cluster.</summary>
    [JsonPropertyName("method")]
    public required string Method { get; init; }

    /// <summary>The name of the database on its server.</summary>
    [JsonPropertyName("database")]
    public required string Database { get; init; }

    /// <summary>The server's version: <c>15.18</c>.</summary>
    [JsonPropertyName("server_version")]
    public required string ServerVersion { get; init; }

    /// <summary>The server's major version; 0 when the record does not tell.</summary>
    [JsonIgnore]
    public int Major => int.TryParse(ServerVersion.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : DumpVersion;

    /// <summary>The major version of the pg_dump that wrote the dump; a pg_restore that reads it is not older.</summary>
    [JsonPropertyName("dump_version")]
    public int DumpVersion { get; init; }

    /// <summary>It was taken from a standby.</summary>
    [JsonPropertyName("standby")]
    public bool Standby { get; init; }

    /// <summary>Bytes of the database on the server, with its indexes; of a base backup those of its files.</summary>
    [JsonPropertyName("bytes")]
    public long Bytes { get; init; }

    /// <summary>The file with the dump, in the folder of the database. In pg_dump's custom format, not compressed.</summary>
    [JsonPropertyName("dump")]
    public string Dump { get; init => field = value ?? string.Empty; } = string.Empty;

    [JsonPropertyName("dump_bytes")]
    public long DumpBytes { get; init; }

    /// <summary>How large the chunks were to be, in bytes: those of a dump on average, those of a cluster all but the last of a file. The next backup cuts alike.</summary>
    [JsonPropertyName("chunk_average")]
    public int? ChunkAverage { get; init; }

    /// <summary>The file with roles and tablespaces of the server, beside the dump; null when the role was not allowed to read them.</summary>
    [JsonPropertyName("globals")]
    public string? Globals { get; init; }

    /// <summary>The roles in <see cref="Globals"/> come with their passwords' hashes.</summary>
    [JsonPropertyName("role_passwords")]
    public bool RolePasswords { get; init; }

    [JsonPropertyName("owner")]
    public string? Owner { get; init; }

    [JsonPropertyName("encoding")]
    public string? Encoding { get; init; }

    [JsonPropertyName("collate")]
    public string? Collate { get; init; }

    [JsonPropertyName("ctype")]
    public string? CType { get; init; }

    /// <summary>Extensions and their versions. A server that the database is restored to needs them.</summary>
    [JsonPropertyName("extensions")]
    public IReadOnlyDictionary<string, string> Extensions { get; init => field = value ?? field; } = new Dictionary<string, string>();

    [JsonPropertyName("large_objects")]
    public long LargeObjects { get; init; }

    /// <summary>What only a base backup has.</summary>
    [JsonPropertyName("cluster")]
    public ClusterRecord? Cluster { get; init; }
}
