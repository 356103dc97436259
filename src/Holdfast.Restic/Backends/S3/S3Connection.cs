using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using Amazon.S3;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.S3;

/// <summary>
/// The client of the AWS SDK, set up to speak what every S3 service understands: whole signed bodies instead of aws-chunked ones, and
/// checksums only where the protocol demands them. It does not retry; that is done above all backends in one place.
/// </summary>
internal sealed class S3Connection : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;

    /// <param name="configure">A last word on the sockets, for tests; null for none.</param>
    /// <exception cref="HoldfastException">Usage: the file of certificates cannot be read.</exception>
    public S3Connection(S3Options options, Action<SocketsHttpHandler>? configure)
    {
        var handler = CreateHandler(options);
        configure?.Invoke(handler);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        Client = new AmazonS3Client(CredentialsOf(options.Credentials), new AmazonS3Config
        {
            ServiceURL = options.Service.ToString(),
            AuthenticationRegion = options.SigningRegion,
            ForcePathStyle = options.UsesPathStyle,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            // Said here, because the SDK asks the environment and the profile for what is not.
            IgnoreConfiguredEndpointUrls = true,
            UseDualstackEndpoint = false,
            UseFIPSEndpoint = false,
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            AllowAutoRedirect = false,
            LogResponse = false,
            DisableLogging = true,
            HttpClientFactory = new SharedHttpClient(_http),
        });
    }

    public AmazonS3Client Client { get; }

    public void Dispose()
    {
        Client.Dispose();
        _http.Dispose();
    }

    private static AWSCredentials CredentialsOf(S3Credentials? credentials) => credentials switch
    {
        null => new AnonymousAWSCredentials(),
        { SessionToken: null } => new BasicAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey),
        _ => new SessionAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken),
    };

    private static SocketsHttpHandler CreateHandler(S3Options options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            MaxConnectionsPerServer = options.Connections,
        };
        if (options.CertificateAuthorityFile is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trusting(file) };
        }

        return handler;
    }

    private static X509ChainPolicy Trusting(string file)
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

        return policy.CustomTrustStore.Count > 0 ? policy : throw Unusable(file, null);
    }

    private static HoldfastException Unusable(string file, Exception? cause) => new(
        FailureKind.Usage,
        $"the file of trusted certificates {Quoted.Text(file)} cannot be read, or has none",
        "it must have certificates in PEM format",
        cause);

    /// <summary>Hands the SDK one HTTP client, whose connections and life belong to this connection.</summary>
    private sealed class SharedHttpClient(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
