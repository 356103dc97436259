using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>The HTTP client of a REST repository: HTTP/2 where TLS offers it, credentials with every request, nothing followed elsewhere.</summary>
internal static class RestTransport
{
    // The server's answer to a list, and its version, hang on this one (section 11.1).
    private const string Version2 = "application/vnd.x.restic.rest.v2";

    private static readonly TimeSpan PingEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <exception cref="HoldfastException">Usage: the file of certificates cannot be used.</exception>
    public static HttpClient Create(RestLocation location, RestOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would carry the credentials to wherever a server says.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.Connections,
            PooledConnectionLifetime = ConnectionLifetime,
            KeepAlivePingDelay = PingEvery,
            KeepAlivePingTimeout = options.ConnectTimeout,
        };
        if (options.CertificateAuthorityFile is { } file) handler.SslOptions = Trusting(file);
        var client = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", Version2);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("holdfast", null));
        client.DefaultRequestHeaders.Authorization = Credentials(location, options);
        return client;
    }

    /// <summary>What the address says, or the options where it says nothing (as restic does since 0.16.1); null for none.</summary>
    private static AuthenticationHeaderValue? Credentials(RestLocation location, RestOptions options)
    {
        var isInAddress = location.User is { Length: > 0 } || location.Password is not null;
        var (user, password) = isInAddress ? (location.User, location.Password) : (options.User, options.Password);
        if (user is null or "" && password is null or "") return null;
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }

    private static SslClientAuthenticationOptions Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unusable(file, e);
        }

        if (policy.CustomTrustStore.Count == 0) throw Unusable(file, null);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    private static HoldfastException Unusable(string file, Exception? cause) => new(
        FailureKind.Usage, $"the file {Quoted.Text(file)} holds no certificate that can be read", "it must be a PEM file of certificates to trust", cause);
}
