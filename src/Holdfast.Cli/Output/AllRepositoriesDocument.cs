using System.Text.Json;

namespace Holdfast.Cli.Output;

/// <summary>What a command came to in each repository of a manifest.</summary>
internal sealed record AllRepositoriesDocument(IReadOnlyList<RepositoryResultDocument> Repositories);

/// <param name="Name">As the manifest calls it.</param>
/// <param name="ExitCode">What it would have been for this one alone.</param>
/// <param name="Result">What the command prints of one repository, or of a failure.</param>
internal sealed record RepositoryResultDocument(string Name, int ExitCode, JsonElement? Result);
