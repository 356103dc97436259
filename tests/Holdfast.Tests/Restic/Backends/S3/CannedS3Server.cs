using System.Net;
using System.Net.Sockets;

namespace Holdfast.Tests.Restic.Backends.S3;

/// <summary>Answers as a test wants, and remembers what it was asked.</summary>
internal sealed class CannedS3Server : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerRequest, HttpListenerResponse, Task> _answer;
    private readonly Task _serving;

    public CannedS3Server(Func<HttpListenerRequest, HttpListenerResponse, Task> answer)
    {
        _answer = answer;
        Endpoint = new Uri($"http://127.0.0.1:{FreePort()}");
        _listener.Prefixes.Add(Endpoint.ToString());
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Endpoint { get; }

    public List<Asked> Requests { get; } = [];

    /// <summary>Always the same answer.</summary>
    public static CannedS3Server Answering(int status, string? code = null) => new(async (request, response) =>
    {
        response.StatusCode = status;
        if (code is null || request.HttpMethod is "HEAD") return;
        response.ContentType = "application/xml";
        await response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(
            $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>a message</Message></Error>"));
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            var context = await _listener.GetContextAsync();
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            lock (Requests) Requests.Add(new Asked(context.Request.HttpMethod, context.Request.RawUrl ?? "", new WebHeaderCollection { context.Request.Headers }, body.ToArray()));
            await _answer(context.Request, context.Response);
            context.Response.Close();
        }
    }

    public sealed record Asked(string Method, string Path, WebHeaderCollection Headers, byte[] Body);
}
