using System.Text.Json.Serialization;

namespace Holdfast.Engine.RestorePoints;

/// <summary>What a record says about the cluster that a base backup is of.</summary>
public sealed record ClusterRecord
{
    /// <summary>The folder with the data directory, in the folder of the database.</summary>
    [JsonPropertyName("folder")]
    public required string Folder { get; init => field = value ?? string.Empty; }

    /// <summary>The cluster's identifier, which its standbys and copies share.</summary>
    [JsonPropertyName("system_identifier")]
    public string? SystemIdentifier { get; init; }

    [JsonPropertyName("timeline")]
    public int Timeline { get; init; }

    /// <summary>Where the WAL begins that the backup needs: <c>0/2000028</c>.</summary>
    [JsonPropertyName("start_lsn")]
    public string? Start { get; init; }

    /// <summary>Where it ends: the backup is of the state that is reached there.</summary>
    [JsonPropertyName("end_lsn")]
    public string? End { get; init; }

    /// <summary>Its pages carry checksums.</summary>
    [JsonPropertyName("checksums")]
    public bool Checksums { get; init; }

    /// <summary>A superuser that may log in; null when there was none.</summary>
    [JsonPropertyName("superuser")]
    public string? Superuser { get; init; }

    [JsonPropertyName("tablespaces")]
    public IReadOnlyList<TablespaceRecord> Tablespaces { get; init => field = value ?? []; } = [];
}

/// <summary>A tablespace outside of the data directory.</summary>
/// <param name="Id">Its number. Its files are in <c>pg_tblspc/ID</c> of the data directory.</param>
/// <param name="Name">Its name; null where it was not known.</param>
/// <param name="Location">Its folder on the server.</param>
public sealed record TablespaceRecord(
    [property: JsonPropertyName("id")] uint Id, [property: JsonPropertyName("name")] string? Name, [property: JsonPropertyName("location")] string Location);
