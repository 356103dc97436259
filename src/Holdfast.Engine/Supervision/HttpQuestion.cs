using System.Net.Http.Headers;
using System.Net.Sockets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>
/// One GET, over a connection of its own, so that no connection kept from before answers for a process that is gone. Neither proxies nor
/// redirects are followed: they would have somebody else answer.
/// </summary>
internal static class HttpQuestion
{
    private const int LongestText = 300;

    internal static async Task<HealthAnswer> AskAsync(Uri url, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("holdfast", null));
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return Grade(response);
        }
        catch (HttpRequestException error)
        {
            return Grade(error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HealthAnswer(HealthGrade.Bad, $"none within {timeout.TotalSeconds:0.###} s");
        }
    }

    private static HealthAnswer Grade(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var seen = response.Headers.Location is { } location
            ? $"status {status}, which leads to {Quoted.Text(location.ToString())}"
            : $"status {status}";
        return status switch
        {
            >= 200 and <= 299 => new HealthAnswer(HealthGrade.Good, seen),
            // A gateway says that the server behind it is not there (RFC 9110, 15.6.3 and 15.6.5).
            502 or 504 => new HealthAnswer(HealthGrade.Silent, seen),
            _ => new HealthAnswer(HealthGrade.Bad, seen),
        };
    }

    private static HealthAnswer Grade(HttpRequestException error)
    {
        var gone = error.InnerException is SocketException
        {
            SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown,
        };
        var text = Quoted.Escape((error.InnerException ?? error).Message, LongestText);
        return gone ? new HealthAnswer(HealthGrade.Silent, text) : new HealthAnswer(HealthGrade.Bad, $"an error: {text}");
    }
}
