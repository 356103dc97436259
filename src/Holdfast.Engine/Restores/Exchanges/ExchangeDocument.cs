using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// What the journal remembers while a restore in place is under way: what to put back, or to go on with. A list that an older program did not write is
/// empty: the deserializer gives null for what is missing, whatever a property begins with. What there is to put back cannot be missing.
/// </summary>
internal sealed record ExchangeDocument
{
    public required ExchangePhase Phase { get; init; }

    /// <summary>How the application was found before it was stopped; null when it was not stopped.</summary>
    public ServiceSnapshot? Service { get; init; }

    /// <summary>How the application is stopped and started, as the manifest said before the restore; null when that is not Holdfast's.</summary>
    public DeclaredService? Declared { get; init; }

    /// <summary>The ID of the snapshot of the state before; null when there is none.</summary>
    public string? Safety { get; init; }

    /// <summary>Kept for analysis instead of removed in the end, because the safety snapshot has no sound copy of them.</summary>
    public IReadOnlyList<FilePath> Keep { get; init => field = value ?? []; } = [];

    [JsonRequired]
    public IReadOnlyList<ExchangeItem> Items { get; init; } = [];

    /// <summary>The same of databases that a server holds. Before the exchange only their names are known.</summary>
    public IReadOnlyList<ServedExchangeItem> Served { get; init => field = value ?? []; } = [];

    /// <summary>Connections to such databases may be ended.</summary>
    public bool EndsSessions { get; init; }

    /// <summary>The folders in which unfinished files may lie.</summary>
    public IReadOnlyList<FilePath> Folders { get; init => field = value ?? []; } = [];

    /// <summary>The folders that the restore makes, those above before those below.</summary>
    public IReadOnlyList<FilePath> Made { get; init => field = value ?? []; } = [];

    /// <summary>The file that tells everybody of the exchange; null for none.</summary>
    public FilePath? Marker { get; init; }

    /// <summary>What that file said before, of a restore that this one goes over; null when there was none.</summary>
    public RestoreMarker? MarkedBefore { get; init; }

    /// <summary>What could not be staged as it is in the snapshot, one sentence each: whoever goes on with the exchange has to tell it.</summary>
    public IReadOnlyList<string> Problems { get; init => field = value ?? []; } = [];

    /// <summary>Something of the snapshot is damaged in the repository.</summary>
    public bool FoundDamage { get; init; }

    /// <summary>Everything is as before, but for the application, which ran then: why it may not now. Null otherwise.</summary>
    [JsonPropertyName(Operation.StandstillProperty)]
    public Standstill? Standstill { get; init; }

    /// <summary>
    /// Its marker is not there any more, or is that of another operation, and something is at a destination that is neither the old one nor the new one:
    /// another restore went over this one, of which its journal was not told. Where this one was just being put back, everything there is of its own.
    /// </summary>
    /// <param name="operation">The number of this one.</param>
    internal bool IsGoneOver(long operation) =>
        Phase is ExchangePhase.Exchanging or ExchangePhase.Exchanged && Marker is { } marker && RestoreMarker.TryRead(marker)?.Operation != operation && Items.Any(item => item.IsForeign);

    /// <exception cref="HoldfastException">Damaged.</exception>
    internal static ExchangeDocument Parse(string json)
    {
        try
        {
            var document = JsonSerializer.Deserialize(json, ExchangeJson.Default.ExchangeDocument) ?? throw new JsonException("null");
            foreach (var item in document.Items) item.Require();
            return document;
        }
        // What is of no known kind is not supported, says the deserializer.
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                "what the journal remembers of the interrupted restore cannot be read",
                "the old files are kept beside the new ones as NAME.before-restore-TIME",
                error);
        }
    }

    /// <summary>Null where it cannot be read: damaged, or of a newer version.</summary>
    internal static ExchangeDocument? TryParse(string json)
    {
        try
        {
            return Parse(json);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            return null;
        }
    }

    internal string Serialize() => JsonSerializer.Serialize(this, ExchangeJson.Default.ExchangeDocument);
}

/// <summary>How far a restore in place has come.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExchangePhase>))]
internal enum ExchangePhase
{
    /// <summary>Nothing of the application was changed, but it may have been stopped.</summary>
    Staged,

    /// <summary>Some things may be exchanged and others not.</summary>
    Exchanging,

    /// <summary>Everything is exchanged; whether the application works with it is not known yet.</summary>
    Exchanged,

    /// <summary>The application works with it; what is left to do is to remove the old things.</summary>
    Accepted,
}

/// <summary>Why an application that ran before a restore may not run after it, although its files are as they were.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Standstill>))]
internal enum Standstill
{
    /// <summary>It was asked to stop, and had not ended when nobody waited any longer: it may end yet.</summary>
    Stopping,

    /// <summary>It did not work when it was started again.</summary>
    Broken,
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ExchangeDocument))]
internal sealed partial class ExchangeJson : JsonSerializerContext;
