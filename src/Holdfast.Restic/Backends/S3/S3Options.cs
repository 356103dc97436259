using Holdfast.Restic.Backends.Locations;

namespace Holdfast.Restic.Backends.S3;

/// <summary>Where a repository is on an S3 service, and how it is stored there.</summary>
public sealed record S3Options
{
    private const int DefaultConnections = 5;

    /// <summary>Scheme, host and port of the service; nothing else of it is used.</summary>
    public required Uri Endpoint { get; init; }

    public required string Bucket { get; init; }

    /// <summary>The folder of the repository inside the bucket, parts joined by slashes; empty for the bucket itself.</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>The region requests are signed for; null takes the one in the endpoint's name, else us-east-1.</summary>
    public string? Region { get; init; }

    public S3Addressing Addressing { get; init; }

    /// <summary>Null asks without a signature, which only public buckets answer.</summary>
    public S3Credentials? Credentials { get; init; }

    /// <summary>A PEM file with the certificates to trust instead of the system's; null trusts the system's.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>The x-amz-storage-class of what is written; archive classes are given to packs only (section 12).</summary>
    public string? StorageClass { get; init; }

    /// <summary>Protection from deletion that the bucket enforces, for everything but locks; null for none.</summary>
    public S3ObjectLock? ObjectLock { get; init; }

    /// <summary>In bytes: what is larger is uploaded in parts.</summary>
    public long MultipartThreshold { get; init; } = 200L << 20;

    /// <summary>Bytes of a part, at least 5 MiB for most services.</summary>
    public int PartSize { get; init; } = 64 << 20;

    /// <summary>How many requests may be under way at once.</summary>
    public int Connections { get; init; } = DefaultConnections;

    /// <summary>A request that makes no progress for so long is given up.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Scheme, host and port alone, with a slash.</summary>
    internal Uri Service => new UriBuilder(Endpoint.Scheme, Endpoint.IdnHost, Endpoint.Port).Uri;

    /// <summary>The region to sign for.</summary>
    public string SigningRegion => Region ?? S3Endpoint.RegionOf(Endpoint) ?? "us-east-1";

    /// <summary>As restic's s3.bucket-lookup=auto: the bucket is part of the host's name at the services that want it so.</summary>
    public bool UsesPathStyle => Addressing switch
    {
        S3Addressing.Path => true,
        S3Addressing.VirtualHost => false,
        // A certificate for *.host does not cover a bucket with dots.
        _ => !S3Endpoint.PrefersVirtualHosts(Endpoint) || Bucket.Contains('.', StringComparison.Ordinal),
    };

    /// <summary>Where it is, as restic writes it.</summary>
    public string Location => $"s3:{Service}{Bucket}"
        + (Prefix.Length == 0 ? string.Empty : "/" + Prefix);

    /// <summary>The place that an address names, with everything else as it is by default.</summary>
    public static S3Options At(S3Location location) =>
        new() { Endpoint = location.Endpoint, Bucket = location.Bucket, Prefix = location.Prefix };

    // The compiler's would print the endpoint as it is given.
    public override string ToString() => Location;
}
