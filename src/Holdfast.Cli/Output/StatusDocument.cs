namespace Holdfast.Cli.Output;

/// <summary>What status prints.</summary>
internal sealed record StatusDocument(
    string Status,
    IReadOnlyList<StatusFindingDocument> Findings,
    IReadOnlyList<OperationDocument> Running,
    IReadOnlyList<StatusRepositoryDocument> Repositories);

/// <summary>One finding.</summary>
internal sealed record StatusFindingDocument(string Severity, string Message, string? Hint);

/// <summary>One of several repositories of a manifest.</summary>
/// <param name="Name">As the manifest calls it.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Newest">The ID of the application's newest restore point there.</param>
/// <param name="NewestTime">When that was made.</param>
/// <param name="LastProven">The ID of the newest that a drill of this repository has proven.</param>
/// <param name="LastProvenTime">When that was made.</param>
/// <param name="Behind">How many restore points others have that are newer than its newest; null where that is not known.</param>
/// <param name="Error">Why it cannot be looked at.</param>
internal sealed record StatusRepositoryDocument(
    string Name, string Location, string? Newest, string? NewestTime, string? LastProven, string? LastProvenTime, int? Behind, string? Error);
