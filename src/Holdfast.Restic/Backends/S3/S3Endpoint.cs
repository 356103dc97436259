namespace Holdfast.Restic.Backends.S3;

/// <summary>What the host name of a service tells about it.</summary>
internal static class S3Endpoint
{
    private static readonly string[] VirtualHostServices =
        ["amazonaws.com", "amazonaws.com.cn", "aliyuncs.com", "storage.googleapis.com"];

    public static bool PrefersVirtualHosts(Uri endpoint) => VirtualHostServices.Any(service => IsWithin(endpoint.Host, service));

    /// <summary>The region in names such as s3.eu-west-1.amazonaws.com and s3.dualstack.eu-west-1.amazonaws.com, or null.</summary>
    public static string? RegionOf(Uri endpoint)
    {
        if (!IsWithin(endpoint.Host, "amazonaws.com") && !IsWithin(endpoint.Host, "amazonaws.com.cn")) return null;
        var parts = endpoint.Host.Split('.');
        var service = Array.FindIndex(parts, part => part is "s3");
        if (service < 0) return parts[0].StartsWith("s3-", StringComparison.Ordinal) ? parts[0][3..] : null;
        var region = parts[service + 1] is "dualstack" ? parts[service + 2] : parts[service + 1];
        return region is "amazonaws" ? null : region;
    }

    private static bool IsWithin(string host, string domain) =>
        host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);
}
