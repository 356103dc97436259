using System.Net;
using System.Net.Http.Headers;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>Reads bodies: all that was asked for, and nothing else.</summary>
internal static class RestRange
{
    private const int PieceSize = 64 << 10;

    /// <summary>Holds an answer of success against the range that was asked for (RFC 9110, section 14.4).</summary>
    /// <exception cref="HoldfastException">Damaged: the file is shorter. Unavailable: the answer is not about this range.</exception>
    public static void Verify(HttpResponseMessage response, RangeHeaderValue asked, string action)
    {
        var range = asked.Ranges.First();
        var (first, last) = (range.From!.Value, range.To!.Value);
        var headers = response.Content.Headers;
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent when headers.ContentRange is { HasRange: true } given && (given.From != first || given.To > last):
                throw RestFailures.NotTheProtocol(action, "the server gives other bytes than were asked for");
            case HttpStatusCode.PartialContent when headers.ContentRange is { HasRange: true } given && given.To < last:
            case HttpStatusCode.PartialContent when headers.ContentLength < last - first + 1:
                throw TooShort(action);
            case HttpStatusCode.PartialContent when headers.ContentLength > last - first + 1:
                throw RestFailures.NotTheProtocol(action, "the server gives more bytes than were asked for");
            case HttpStatusCode.OK when headers.ContentLength <= last:
                throw TooShort(action);
            // Allowed for any range, and useful only for that of the whole file.
            case HttpStatusCode.OK when first > 0 || headers.ContentLength != last + 1:
                throw RestFailures.NotTheProtocol(action, "the server, or a proxy before it, does not understand ranges");
        }
    }

    /// <exception cref="HoldfastException">Damaged: the body ends before.</exception>
    public static async Task FillAsync(HttpResponseMessage response, Memory<byte> destination, string action, StallGuard guard)
    {
        await using var body = await response.Content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
        for (var filled = 0; filled < destination.Length;)
        {
            var count = await body.ReadAsync(destination[filled..], guard.Token).ConfigureAwait(false);
            if (count == 0) throw TooShort(action);
            filled += count;
            guard.Progress();
        }
    }

    /// <exception cref="HoldfastException">Damaged: it is larger than memory can address.</exception>
    public static async Task<byte[]> ReadToEndAsync(HttpResponseMessage response, string action, StallGuard guard)
    {
        if (response.Content.Headers.ContentLength is { } length)
        {
            if (length > Array.MaxLength) throw new HoldfastException(FailureKind.Damaged, $"cannot {action}: it is impossibly large ({length} bytes)");
            var content = new byte[length];
            await FillAsync(response, content, action, guard).ConfigureAwait(false);
            return content;
        }

        using var collected = new MemoryStream();
        await using var body = await response.Content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
        var buffer = new byte[PieceSize];
        while (await body.ReadAsync(buffer, guard.Token).ConfigureAwait(false) is var count and > 0)
        {
            collected.Write(buffer, 0, count);
            guard.Progress();
        }

        return collected.ToArray();
    }

    public static HoldfastException TooShort(string action) => new(FailureKind.Damaged, $"cannot {action}: it is shorter than it must be");
}
