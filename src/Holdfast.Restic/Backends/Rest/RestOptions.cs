namespace Holdfast.Restic.Backends.Rest;

/// <summary>How a REST server is spoken to, beside its address.</summary>
public sealed record RestOptions
{
    /// <summary>What is sent when the address has neither user nor password.</summary>
    public string? User { get; init; }

    /// <inheritdoc cref="User"/>
    public string? Password { get; init; }

    /// <summary>A PEM file with the certificates to trust instead of the system's.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>Requests at the same time, at most.</summary>
    public int Connections { get; init; } = 5;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A request is given up when nothing has moved in either direction for this long.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The names that restic reads: RESTIC_REST_USERNAME, RESTIC_REST_PASSWORD and RESTIC_CACERT.</summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    public static RestOptions FromEnvironment(Func<string, string?> variable) => new()
    {
        User = variable("RESTIC_REST_USERNAME"),
        Password = variable("RESTIC_REST_PASSWORD"),
        CertificateAuthorityFile = variable("RESTIC_CACERT") is { Length: > 0 } file ? file : null,
    };
}
