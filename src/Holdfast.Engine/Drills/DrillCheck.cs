using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Engine.Drills;

/// <summary>One thing that a drill looked at.</summary>
/// <param name="Name">restore, snapshot, content, integrity_check, foreign_key_check, expected_tables, assertion, row_counts,
/// roles, extensions, indexes, amcheck, boot or repository_check.</param>
/// <param name="Subject">
/// What was checked, in words for a person: a database's name, "everything in the snapshot"; harmless for terminals.
/// </param>
/// <param name="Passed">It was as it should be.</param>
/// <param name="Detail">What was found wrong, in words, or figures of what was right; null when there is nothing to add.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record DrillCheck(string Name, string Subject, bool Passed, string? Detail, double Seconds)
{
    /// <summary>One line for a person: "integrity check (orchard)", and what was found.</summary>
    public override string ToString() => $"{Name.Replace('_', ' ')} ({Subject}){(Detail is null ? string.Empty : $": {Detail}")}";

    /// <summary>The checks as a JSON array, for the local state.</summary>
    public static string Serialize(IReadOnlyList<DrillCheck> checks) =>
        JsonSerializer.Serialize(checks, DrillCheckJson.Default.IReadOnlyListDrillCheck);

    /// <summary>The checks of a remembered drill.</summary>
    public static IReadOnlyList<DrillCheck> Parse(string json) =>
        JsonSerializer.Deserialize(json, DrillCheckJson.Default.IReadOnlyListDrillCheck) ?? [];
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<DrillCheck>))]
internal sealed partial class DrillCheckJson : JsonSerializerContext;
