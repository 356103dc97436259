using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Holdfast.Testing;

/// <summary>Speaks TLS for a server on loopback that does not, with a certificate of an authority of its own.</summary>
public sealed class TlsFront : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate = SelfSigned();
    private readonly Uri _server;
    private readonly Task _accepting;

    /// <param name="server">The host and port to forward to.</param>
    public TlsFront(Uri server)
    {
        _server = server;
        AuthorityFile = _directory.WriteFile("authority.pem", _certificate.ExportCertificatePem());
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>https://127.0.0.1:PORT.</summary>
    public Uri Endpoint => new($"https://{_listener.LocalEndpoint}");

    /// <summary>The certificate to trust, in PEM format.</summary>
    public string AuthorityFile { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _certificate.Dispose();
        _stop.Dispose();
        _directory.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        finally
        {
            await Task.WhenAll(connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        await using (var encrypted = new SslStream(client.GetStream()))
        {
            await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
            var plain = server.GetStream();
            await Task.WhenAny(encrypted.CopyToAsync(plain, _stop.Token), plain.CopyToAsync(encrypted, _stop.Token));
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=holdfast test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
