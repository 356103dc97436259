using Holdfast.Restic.Backends.S3;

namespace Holdfast.Engine.Repositories;

/// <summary>How a storage that is not on this machine is used, as far as the user has said so.</summary>
public sealed record StorageSettings
{
    private const int DefaultConnections = 5;

    public static StorageSettings Standard { get; } = new();

    /// <summary>Requests at the same time, at most; as restic has it by default.</summary>
    public int Connections { get; init; } = DefaultConnections;

    /// <summary>Of S3 and REST: a PEM file with the certificates to trust instead of the system's; null leaves it to the environment.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Of S3: where the bucket's name stands in a request.</summary>
    public S3Addressing Addressing { get; init; }

    /// <summary>Of S3: the class that new objects are stored in; null leaves it to the bucket.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Of S3: the time in which new objects cannot be removed; null for none.</summary>
    public S3ObjectLock? ObjectLock { get; init; }
}
