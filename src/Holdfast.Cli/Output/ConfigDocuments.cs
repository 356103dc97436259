namespace Holdfast.Cli.Output;

/// <summary>What config show prints.</summary>
internal sealed record ConfigShowDocument(string Manifest, string Yaml);

/// <summary>What config check prints.</summary>
internal sealed record ConfigCheckDocument(string Manifest, int Errors, int Warnings, IReadOnlyList<ConfigFindingDocument> Findings);

internal sealed record ConfigFindingDocument(string Severity, int Line, int Column, string Key, string Message, string? Hint);
