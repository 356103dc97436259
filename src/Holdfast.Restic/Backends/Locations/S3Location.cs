using System.Globalization;

namespace Holdfast.Restic.Backends.Locations;

/// <summary>A bucket of a server that speaks S3.</summary>
/// <param name="Endpoint">The server: <c>https://host[:port]/</c>, or <c>http://</c>.</param>
/// <param name="Bucket">Never empty.</param>
/// <param name="Prefix">What the repository's names begin with, without slashes at its ends; empty for the whole bucket.</param>
public sealed record S3Location(Uri Endpoint, string Bucket, string Prefix) : RepositoryLocation
{
    private const string Form = "write it as s3:https://HOST/BUCKET/PREFIX, or as s3:HOST/BUCKET";

    public bool UsesTls => string.Equals(Endpoint.Scheme, "https", StringComparison.Ordinal);

    protected override string Shown
    {
        get
        {
            var prefix = Prefix.Length == 0 ? string.Empty : "/" + Prefix;
            return string.Create(CultureInfo.InvariantCulture, $"s3:{Endpoint.Scheme}://{Endpoint.Authority}/{Bucket}{prefix}");
        }
    }

    internal static S3Location FromText(string text)
    {
        var rest = text["s3:".Length..];
        var scheme = "https";
        foreach (var known in new[] { "https", "http" })
        {
            if (!rest.StartsWith(known + "://", StringComparison.Ordinal)) continue;
            (scheme, rest) = (known, rest[(known.Length + 3)..]);
            break;
        }

        // An older form of restic, with the meaning of the short one.
        if (rest.StartsWith("//", StringComparison.Ordinal)) rest = rest[2..];
        var parts = rest.Split('/', 3);
        if (parts[0].Contains('@', StringComparison.Ordinal))
            throw Wrong("the keys of S3 do not belong into the address", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them into ~/.aws/credentials");
        if (parts.Length < 2 || parts[1].Length == 0) throw Wrong("the address of the S3 repository names no bucket", Form);
        if (parts.Any(part => part.Any(char.IsControl)) || parts[0].Any(letter => letter is '?' or '#' or '\\')
            || !IsName(parts[0]) || !Uri.TryCreate($"{scheme}://{parts[0]}/", UriKind.Absolute, out var endpoint))
        {
            throw Wrong("the server in the address of the S3 repository is not understood", Form);
        }

        return new S3Location(endpoint, parts[1], parts.Length < 3 ? string.Empty : Clean(parts[2]));
    }

    private static string Clean(string prefix)
    {
        var parts = prefix.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part is not ".").ToList();
        return parts.Contains("..", StringComparer.Ordinal) ? throw Wrong("the prefix in an S3 bucket cannot hold `..`", Form) : string.Join('/', parts);
    }
}
