namespace Holdfast.Restic.Backends.S3;

/// <summary>Where the name of the bucket stands in a request.</summary>
public enum S3Addressing
{
    /// <summary>In the host's name at the services known to want it, in the path elsewhere.</summary>
    Auto,

    /// <summary>https://host/bucket/key.</summary>
    Path,

    /// <summary>https://bucket.host/key.</summary>
    VirtualHost,
}
