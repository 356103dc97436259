using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Repositories;

/// <summary>Where the keys of a storage come from; what is null is looked for in the environment, under the names that restic reads.</summary>
public sealed record RepositoryCredentials
{
    public static RepositoryCredentials FromEnvironment { get; } = new();

    /// <summary>Of S3: the access key's name.</summary>
    public PassphraseSource? KeyId { get; init; }

    /// <summary>Of S3: the secret access key.</summary>
    public PassphraseSource? Secret { get; init; }

    /// <summary>Of S3: goes with temporary keys.</summary>
    public PassphraseSource? SessionToken { get; init; }

    /// <summary>Of a REST server.</summary>
    public string? User { get; init; }

    /// <summary>Of a REST server.</summary>
    public PassphraseSource? Password { get; init; }

    /// <summary>Of S3: what requests are signed for.</summary>
    public string? Region { get; init; }
}
