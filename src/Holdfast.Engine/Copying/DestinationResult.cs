using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Copying;

namespace Holdfast.Engine.Copying;

/// <summary>What one repository was given of what others have.</summary>
public sealed record DestinationResult(Destination Destination)
{
    /// <summary>Written into it now, the oldest first.</summary>
    public IReadOnlyList<CopiedSnapshot> Copied { get; init; } = [];

    /// <summary>Those that another repository cannot give any more.</summary>
    public IReadOnlyList<FailedCopy> Lost { get; init; } = [];

    public AddedBlobs Added { get; init; }

    /// <summary>Why it was given up; null when all is well.</summary>
    public DestinationFailure? Failure { get; init; }

    public bool IsComplete => Failure is null && Lost.Count == 0;

    /// <summary>One sentence for each thing that is wrong.</summary>
    public IEnumerable<string> Problems => Lost
        .Select(lost => $"the repository {Destination.Name} did not get snapshot {lost.Source.Id.Short}: {lost.Why}")
        .Concat(Failure is { } failure ? [failure.Describe()] : []);

    /// <summary>As the journal keeps it.</summary>
    internal static string Serialize(IEnumerable<DestinationResult> results) => JsonSerializer.Serialize(
        results.Select(result => new DestinationEntry(
            result.Destination.Name, result.Destination.Address.Display, [.. result.Copied.Select(copy => copy.Id.ToString())], [.. result.Problems])).ToList(),
        DestinationJson.Default.ListDestinationEntry);
}

internal sealed record DestinationEntry(string Repository, string Location, IReadOnlyList<string> Copied, IReadOnlyList<string> Problems);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(List<DestinationEntry>))]
internal sealed partial class DestinationJson : JsonSerializerContext;
