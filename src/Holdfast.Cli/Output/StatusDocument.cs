namespace Holdfast.Cli.Output;

/// <summary>What status prints.</summary>
internal sealed record StatusDocument(string Status, IReadOnlyList<StatusFindingDocument> Findings, IReadOnlyList<OperationDocument> Running);

/// <summary>One finding.</summary>
internal sealed record StatusFindingDocument(string Severity, string Message, string? Hint);
