using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Testing;

/// <summary>What a client asked for.</summary>
public sealed record HttpQuestion(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>
/// An HTTP server on loopback that answers, byte for byte, what a test says, one request a connection: for what no orderly server does.
/// </summary>
public sealed class ScriptedHttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<HttpQuestion, byte[]?> _answer;
    private readonly List<HttpQuestion> _questions = [];
    private readonly Task _serving;

    /// <param name="answer">The whole answer with its head; null closes the connection without one, an empty one leaves it open and silent.</param>
    public ScriptedHttpServer(Func<HttpQuestion, byte[]?> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>All that was asked until now.</summary>
    public IReadOnlyList<HttpQuestion> Questions
    {
        get
        {
            lock (_questions) return [.. _questions];
        }
    }

    /// <summary>An answer with its Content-Length.</summary>
    public static byte[] Answer(string status, byte[]? body = null, params string[] headers)
    {
        body ??= [];
        var head = string.Join("\r\n", [$"HTTP/1.1 {status}", .. headers, $"Content-Length: {body.Length}", "Connection: close", "\r\n"]);
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var conversations = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            conversations.Add(TalkAsync(client));
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var question = await ReadAsync(stream);
            lock (_questions) _questions.Add(question);
            var answer = _answer(question);
            if (answer is null) return;
            if (answer.Length == 0) await Task.Delay(Timeout.Infinite, _stop.Token);
            await stream.WriteAsync(answer, _stop.Token);
        }
    }

    private async Task<HttpQuestion> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _stop.Token);
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, System.Globalization.CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new HttpQuestion(lines[0].Split(' ')[0], lines[0].Split(' ')[1], headers, body);
    }
}
