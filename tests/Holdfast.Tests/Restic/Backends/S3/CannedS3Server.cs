using System.Net;
using Holdfast.Testing;

namespace Holdfast.Tests.Restic.Backends.S3;

/// <summary>Answers as a test wants, and remembers what it was asked.</summary>
internal sealed class CannedS3Server : IAsyncDisposable
{
    private const int AttemptsForPort = 5;

    private readonly HttpListener _listener;
    private readonly Func<HttpListenerRequest, HttpListenerResponse, Task> _answer;
    private readonly Task _serving;

    public CannedS3Server(Func<HttpListenerRequest, HttpListenerResponse, Task> answer)
    {
        _answer = answer;
        (_listener, Endpoint) = Listen();
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

    /// <summary>It takes no port 0, and another program may be faster at a port that was free.</summary>
    private static (HttpListener Listener, Uri Endpoint) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            var endpoint = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
            var listener = new HttpListener();
            listener.Prefixes.Add(endpoint.ToString());
            try
            {
                listener.Start();
                return (listener, endpoint);
            }
            catch (HttpListenerException) when (attempt < AttemptsForPort)
            {
                listener.Close();
            }
        }
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
