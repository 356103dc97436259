using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// What Holdfast knows about a snapshot beyond restic's own fields: which files are databases, what they held, what could not be saved.
/// Stored in the snapshot as <c>.holdfast/snapshot.json</c>; described in docs/design/snapshot-record.md. Lists that another program did not write are
/// empty: the deserializer gives null for what is missing, whatever a property begins with.
/// </summary>
public sealed record SnapshotRecord
{
    /// <summary>The version of this document; readers do without a record of a larger one.</summary>
    public const int CurrentFormat = 1;

    [JsonPropertyName("format")]
    public int Format { get; init; } = CurrentFormat;

    [JsonPropertyName("program")]
    public string Program { get; init => field = value ?? string.Empty; } = string.Empty;

    [JsonPropertyName("application")]
    public string? Application { get; init; }

    /// <summary>The absolute path of the manifest; null for a backup of plain paths.</summary>
    [JsonPropertyName("manifest")]
    public string? Manifest { get; init; }

    /// <summary>The absolute root of the application; null for a backup of plain paths and in records of older programs.</summary>
    [JsonPropertyName("root")]
    public string? Root { get; init; }

    /// <summary>The version of the application, in its own words; null when it is not known.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>Which absolute paths each group of files stood for; what <c>--only NAME</c> chooses from.</summary>
    [JsonPropertyName("groups")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init => field = value ?? field; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>When the first and the last of the databases and files were read: how far apart the parts of the snapshot are.</summary>
    [JsonPropertyName("moments")]
    public SnapshotMoments? Moments { get; init; }

    [JsonPropertyName("databases")]
    public IReadOnlyList<DatabaseRecord> Databases { get; init => field = value ?? []; } = [];

    /// <summary>What could not be saved as it should, one sentence each; empty for a complete snapshot.</summary>
    [JsonPropertyName("problems")]
    public IReadOnlyList<string> Problems { get; init => field = value ?? []; } = [];

    /// <summary>Why it looked as if data was lost before the backup, one sentence each; null or empty when it was plausible.</summary>
    [JsonPropertyName("suspicions")]
    public IReadOnlyList<string>? Suspicions { get; init; }

    /// <exception cref="HoldfastException">Damaged: not such a document. Failed: it has a newer format than this program knows.</exception>
    public static SnapshotRecord Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            // First, because everything else may be different in another format.
            var format = Require(JsonSerializer.Deserialize(json, SnapshotRecordJson.Default.RecordFormat)).Format;
            if (format > CurrentFormat) throw Newer(format);
            return Require(JsonSerializer.Deserialize(json, SnapshotRecordJson.Default.SnapshotRecord));
        }
        catch (JsonException error)
        {
            throw new HoldfastException(FailureKind.Damaged, "the snapshot's record (.holdfast/snapshot.json) does not parse", null, error);
        }
    }

    public byte[] Serialize() => [.. JsonSerializer.SerializeToUtf8Bytes(this, SnapshotRecordJson.Default.SnapshotRecord), (byte)'\n'];

    private static T Require<T>(T? document) where T : class => document ?? throw new JsonException("null");

    private static HoldfastException Newer(int format) => new(
        FailureKind.Failed,
        $"the snapshot's record has format {format}, which a newer Holdfast wrote; this one knows format {CurrentFormat}",
        "update Holdfast to see all of it; a restore does without");
}

/// <summary>The one field that every format has.</summary>
internal sealed record RecordFormat
{
    [JsonPropertyName("format")]
    public required int Format { get; init; }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RecordFormat))]
[JsonSerializable(typeof(SnapshotRecord))]
internal sealed partial class SnapshotRecordJson : JsonSerializerContext;
