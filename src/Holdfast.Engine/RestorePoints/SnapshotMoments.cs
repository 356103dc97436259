using System.Text.Json.Serialization;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Between which moments the parts of a snapshot were read.</summary>
public sealed record SnapshotMoments
{
    [JsonPropertyName("first")]
    public required DateTimeOffset First { get; init; }

    [JsonPropertyName("last")]
    public required DateTimeOffset Last { get; init; }

    /// <summary>The application's writes were paused meanwhile, so that all parts are of one moment.</summary>
    [JsonPropertyName("quiesced")]
    public bool Quiesced { get; init; }
}
