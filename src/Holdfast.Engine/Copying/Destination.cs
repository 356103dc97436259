using Holdfast.Engine.Repositories;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Copying;

/// <summary>One of the repositories that an application's backups go to.</summary>
/// <param name="Name">As the manifest calls it.</param>
/// <param name="Address">Where it is.</param>
/// <param name="OpenAsync">Opens it with its own passphrase.</param>
public sealed record Destination(string Name, RepositoryAddress Address, Func<CancellationToken, Task<Repository>> OpenAsync);

/// <summary>What is wrong with a repository, so that the others are gone on with.</summary>
public sealed record DestinationFailure(Destination Destination, HoldfastException Error)
{
    /// <summary>One sentence that names it and says what to do.</summary>
    public string Describe() => Error.Hint is { } hint ? $"the repository {Named}: {Error.Message}; {hint}" : $"the repository {Named}: {Error.Message}";

    private string Named => Error.Message.Contains(Destination.Address.Display, StringComparison.Ordinal) ? Destination.Name : $"{Destination.Name} ({Destination.Address.Display})";
}
