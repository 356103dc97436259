using System.Net;
using System.Net.Http.Headers;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>What a server's answer, or the lack of one, means.</summary>
internal static class RestFailures
{
    private const int LongestWords = 200;

    /// <summary>True for what the HTTP client throws when something outside goes wrong.</summary>
    public static bool IsExpected(Exception error) => error is HttpRequestException or IOException;

    /// <summary>No answer, or one that broke off.</summary>
    /// <param name="action">Completes "cannot …".</param>
    public static HoldfastException From(Exception error, string action)
    {
        var kind = (error as HttpRequestException)?.HttpRequestError ?? (error as HttpIOException)?.HttpRequestError ?? HttpRequestError.Unknown;
        var cause = error.InnerException is { } inner && kind is HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
            ? error.InnerException
            : error;
        var (reason, hint, isTransient) = kind switch
        {
            HttpRequestError.NameResolutionError => ("the server's name is not known", "check the address and the network", true),
            HttpRequestError.SecureConnectionError => (
                $"no secure connection: {Words(cause)}",
                "for a server with a certificate of its own, name the file of the authority (RESTIC_CACERT); for one without TLS, write http://",
                false),
            HttpRequestError.ConnectionError => ($"the server cannot be reached: {Words(cause)}", "check that it runs, and the address and port", true),
            _ => ($"the connection broke: {Words(cause)}", "check the network and the server", true),
        };
        return new HoldfastException(FailureKind.Unavailable, $"cannot {action}: {reason}", hint, error) { IsTransient = isTransient };
    }

    /// <summary>Nothing moved for too long.</summary>
    public static HoldfastException Stalled(string action, Exception cause) => new(
        FailureKind.Unavailable,
        $"cannot {action}: the server does not answer",
        "check the network and the server", cause)
    { IsTransient = true };

    /// <summary>An answer that is no success.</summary>
    /// <param name="changes">Whether something was to be stored or deleted.</param>
    /// <param name="words">The beginning of what the server wrote.</param>
    public static HoldfastException From(HttpStatusCode status, HttpResponseHeaders headers, string action, bool changes, string words)
    {
        var said = $"cannot {action}: the server says {(int)status}{Words(words)}";
        return status switch
        {
            HttpStatusCode.NotFound => new(FailureKind.NotFound, $"cannot {action}: it does not exist"),
            HttpStatusCode.RequestedRangeNotSatisfiable => new(FailureKind.Damaged, $"cannot {action}: it is shorter than it must be"),
            HttpStatusCode.Unauthorized => new(
                FailureKind.Unavailable,
                $"cannot {action}: the server does not accept the user name and password",
                "give them in the address, rest:https://USER:PASSWORD@HOST/, or in RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD"),
            HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed when changes => new(
                FailureKind.Refused,
                $"{said}: it does not allow that",
                "an append-only server lets backups be added and nothing be removed: forget and prune where it allows more"),
            HttpStatusCode.Forbidden => new(FailureKind.Unavailable, $"{said}: access is refused", "check the path and the user that the address names"),
            HttpStatusCode.InsufficientStorage or HttpStatusCode.RequestEntityTooLarge => new(
                FailureKind.NoSpace, $"{said}: it has no room", "free some space on the server or raise its quota"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => new(
                FailureKind.Unavailable, said, "look into the server's log")
            { IsTransient = true },
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => new(
                FailureKind.Unavailable, $"{said}: the repository is elsewhere{Elsewhere(headers)}", "write that address"),
            _ => new(FailureKind.Failed, said, "is it a server of restic's REST protocol, and the path right?"),
        };
    }

    /// <summary>An answer that no server of the protocol gives.</summary>
    public static HoldfastException NotTheProtocol(string action, string what, Exception? cause = null) => new(
        FailureKind.Unavailable, $"cannot {action}: {what}", "is it a server of restic's REST protocol, and the path right?", cause);

    private static string Elsewhere(HttpResponseHeaders headers) =>
        headers.Location is { IsAbsoluteUri: true } place
            ? ", at " + Quoted.Escape(place.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped), LongestWords)
            : string.Empty;

    private static string Words(Exception error) => Quoted.Escape(error.Message, LongestWords);

    private static string Words(string text) => text.Trim() is { Length: > 0 } said ? $" ({Quoted.Escape(said, LongestWords)})" : string.Empty;
}
