using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// What Holdfast knows about a snapshot beyond restic's own fields: which files are databases, what they held, what could not be saved.
/// Stored in the snapshot as <c>.holdfast/snapshot.json</c>; described in docs/design/snapshot-record.md.
/// </summary>
public sealed record SnapshotRecord
{
    /// <summary>The version of this document; readers refuse a larger one.</summary>
    public const int CurrentFormat = 1;

    [JsonPropertyName("format")]
    public int Format { get; init; } = CurrentFormat;

    [JsonPropertyName("program")]
    public string Program { get; init; } = string.Empty;

    [JsonPropertyName("application")]
    public string? Application { get; init; }

    /// <summary>The absolute path of the manifest; null for a backup of plain paths.</summary>
    [JsonPropertyName("manifest")]
    public string? Manifest { get; init; }

    [JsonPropertyName("databases")]
    public IReadOnlyList<DatabaseRecord> Databases { get; init; } = [];

    /// <summary>What could not be saved as it should, one sentence each; empty for a complete snapshot.</summary>
    [JsonPropertyName("problems")]
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <exception cref="HoldfastException">Damaged: not such a document. Usage: of a newer program.</exception>
    public static SnapshotRecord Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var record = JsonSerializer.Deserialize(json, SnapshotRecordJson.Default.SnapshotRecord) ?? throw new JsonException("null");
            if (record.Format > CurrentFormat)
                throw new HoldfastException(FailureKind.Usage, $"the snapshot's record has format {record.Format}, which a newer Holdfast wrote", "use that version");
            return record;
        }
        catch (JsonException error)
        {
            throw new HoldfastException(FailureKind.Damaged, "the snapshot's record (.holdfast/snapshot.json) does not parse", null, error);
        }
    }

    public byte[] Serialize() => [.. JsonSerializer.SerializeToUtf8Bytes(this, SnapshotRecordJson.Default.SnapshotRecord), (byte)'\n'];
}

/// <summary>One database of a snapshot and what it held.</summary>
public sealed record DatabaseRecord
{
    /// <summary>The manifest's name, or the file's for a database that was found.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>Absolute. Always valid UTF-8, because SQLite's interface takes nothing else.</summary>
    [JsonPropertyName("path")]
    public required string Path { get; init; }

    [JsonPropertyName("journal_mode")]
    public string JournalMode { get; init; } = string.Empty;

    /// <summary>Bytes.</summary>
    [JsonPropertyName("page_size")]
    public int PageSize { get; init; }

    [JsonPropertyName("pages")]
    public long Pages { get; init; }

    /// <summary>Row counts of every table at the moment of the snapshot.</summary>
    [JsonPropertyName("tables")]
    public IReadOnlyDictionary<string, long> Tables { get; init; } = new Dictionary<string, long>();

    [JsonPropertyName("expect_tables")]
    public IReadOnlyList<string> ExpectTables { get; init; } = [];

    [JsonPropertyName("assertions")]
    public IReadOnlyList<string> Assertions { get; init; } = [];

    /// <summary>What was found broken in it while it was read; a snapshot with damage is never proven.</summary>
    [JsonPropertyName("damage")]
    public IReadOnlyList<string> Damage { get; init; } = [];

    /// <summary>Set when the database could not be saved at all: why. There is no such file in the snapshot then.</summary>
    [JsonPropertyName("missing")]
    public string? Missing { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(SnapshotRecord))]
internal sealed partial class SnapshotRecordJson : JsonSerializerContext;
