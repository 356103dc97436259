using System.Text.Json.Serialization;

namespace Holdfast.Engine.RestorePoints;

/// <summary>What a record says about the file of an SQLite database.</summary>
public sealed record SqliteRecord
{
    /// <summary><c>wal</c> or <c>rollback</c>.</summary>
    [JsonPropertyName("journal_mode")]
    public required string JournalMode { get; init; }

    /// <summary>Bytes.</summary>
    [JsonPropertyName("page_size")]
    public required int PageSize { get; init; }

    /// <summary>Pages of the image.</summary>
    [JsonPropertyName("pages")]
    public required long Pages { get; init; }

    /// <summary>Bytes of the image.</summary>
    [JsonIgnore]
    public long Bytes => Pages * PageSize;
}
