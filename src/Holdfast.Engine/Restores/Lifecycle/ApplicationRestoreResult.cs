using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// What a restore of an application came to; kept in the journal, for a rollback. A list that an older program did not write is empty: the
/// deserializer gives null for what is missing, whatever a property begins with.
/// </summary>
public sealed record ApplicationRestoreResult
{
    /// <summary>The ID of the snapshot that was restored.</summary>
    public required string Snapshot { get; init; }

    /// <summary>The ID of the snapshot of the state before; null when nothing was replaced or nothing was to be saved.</summary>
    public string? Safety { get; init; }

    /// <summary>What was not there before.</summary>
    public IReadOnlyList<FilePath> Created { get; init => field = value ?? []; } = [];

    /// <summary>The databases of servers that were not there before, by the manifest's names.</summary>
    public IReadOnlyList<string> CreatedDatabases { get; init => field = value ?? []; } = [];

    public long Files { get; init; }

    public long Databases { get; init; }

    /// <summary>Bytes of the contents of both.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes that were taken from what was there before instead of from the repository.</summary>
    public long BytesReused { get; init; }

    /// <summary>How many things were taken away.</summary>
    public long Removed { get; init; }

    /// <summary>Of the whole restore, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>How long the application stood still, in seconds; null when it was not stopped. Of a resumed one: since it was resumed.</summary>
    public double? DownSeconds { get; init; }

    /// <summary>What became of the application; null when it is not Holdfast's to start and stop.</summary>
    public string? Service { get; init; }

    /// <summary>Old files that are kept for analysis, because they were damaged.</summary>
    public IReadOnlyList<FilePath> Kept { get; init => field = value ?? []; } = [];

    /// <summary>Something of the snapshot is damaged in the repository, so that it is not proven any more.</summary>
    public bool FoundDamage { get; init; }

    /// <summary>What could not be restored as it was, one sentence each. Not empty: done only in part (exit code 3).</summary>
    public IReadOnlyList<string> Problems { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Notices { get; init => field = value ?? []; } = [];

    [JsonIgnore]
    public bool IsPartial => Problems.Count > 0;

    internal static ApplicationRestoreResult Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RestoreJournalJson.Default.ApplicationRestoreResult) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new HoldfastException(
                FailureKind.Damaged, "what the journal remembers of the restore cannot be read", "restore the safety snapshot by its ID: `holdfast list` shows it", error);
        }
    }

    internal string Serialize() => JsonSerializer.Serialize(this, RestoreJournalJson.Default.ApplicationRestoreResult);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ApplicationRestoreResult))]
[JsonSerializable(typeof(RestoreRequest))]
internal sealed partial class RestoreJournalJson : JsonSerializerContext;
