using System.Net.Http.Headers;
using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>Sends one request and hands its answer on; whatever goes wrong on the way is a <see cref="HoldfastException"/>.</summary>
/// <param name="stallLimit">How long nothing may move.</param>
/// <param name="password">Never repeated, should the server's words hold it; may be null.</param>
internal sealed class RestRequests(HttpClient client, TimeSpan stallLimit, TimeProvider clock, string? password)
{
    private const int WordsRead = 1024;

    /// <param name="action">Completes "cannot …".</param>
    /// <param name="take">Reads the answer, whose status it judges itself, and tells the guard of what it read.</param>
    public async Task<T> SendAsync<T>(
        HttpMethod method,
        Uri address,
        string action,
        ReadOnlyMemory<byte>? upload,
        RangeHeaderValue? range,
        Func<HttpResponseMessage, StallGuard, Task<T>> take,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var guard = new StallGuard(stallLimit, clock, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, address);
            request.Headers.Range = range;
            if (upload is { } content) request.Content = new UploadContent(content, guard);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, guard.Token).ConfigureAwait(false);
            guard.Progress();
            return await take(response, guard).ConfigureAwait(false);
        }
        catch (Exception e) when (RestFailures.IsExpected(e) || e is OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A cancellation that nobody asked for is a limit of time: ours, or that of connecting.
            throw e is OperationCanceledException || guard.HasStalled
                ? RestFailures.Stalled(action, e)
                : RestFailures.From(e, action);
        }
    }

    /// <summary>What an answer that is no success means.</summary>
    public async Task<HoldfastException> FailureAsync(HttpResponseMessage response, string action, StallGuard guard)
    {
        var method = response.RequestMessage?.Method;
        var changes = method == HttpMethod.Post || method == HttpMethod.Delete;
        var words = method == HttpMethod.Head ? string.Empty : await WordsAsync(response, guard.Token).ConfigureAwait(false);
        if (password is { Length: > 0 }) words = words.Replace(password, "***", StringComparison.Ordinal);
        return RestFailures.From(response.StatusCode, response.Headers, action, changes, words);
    }

    private static async Task<string> WordsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // A page for people says nothing in one line.
        if (response.Content.Headers.ContentType?.MediaType is not "text/plain") return string.Empty;
        var buffer = new byte[WordsRead];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(buffer, 0, count);
    }
}
