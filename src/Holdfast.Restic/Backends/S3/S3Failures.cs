using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.S3;

/// <summary>
/// Turns what a service or the network answers into the product's failures. The codes are those of the Amazon S3 API reference, "Error
/// responses". No message has a secret in it.
/// </summary>
internal static class S3Failures
{
    private const int LongestAnswer = 200;

    /// <summary>True for what a service or the network can cause; everything else is a programming error and passes through.</summary>
    public static bool IsExpected(Exception exception) => exception is AmazonServiceException or AmazonClientException or HttpRequestException
        or IOException or SocketException or AuthenticationException or XmlException or OperationCanceledException or AggregateException || IsUnreadable(exception);

    // What the client makes of values it does not understand; an argument that is missing or out of range is one of ours.
    private static bool IsUnreadable(Exception exception) => exception is FormatException or (ArgumentException and not (ArgumentNullException or ArgumentOutOfRangeException));

    public static HoldfastException From(Exception exception, S3Action action, S3Options options)
    {
        if (exception is AggregateException { InnerExceptions: [var first, var second] }) return Unfinished(first, second, action, options);
        if (Causes(exception).OfType<HoldfastException>().FirstOrDefault() is { } failure) return failure;
        if (Causes(exception).OfType<AuthenticationException>().Any()) return Untrusted(exception, action);
        return exception switch
        {
            OperationCanceledException => Unreachable(exception, action, $"nothing moved for {options.StallTimeout.TotalSeconds:0.#} seconds"),
            _ when IsUnreadable(exception) => new HoldfastException(
                FailureKind.Unavailable, $"cannot {action.What}: the answer is not one of an S3 service", "check the endpoint: something else answers there", exception),
            XmlException or AmazonServiceException { StatusCode: >= HttpStatusCode.Continue and < HttpStatusCode.MultipleChoices } => new HoldfastException(
                FailureKind.Unavailable, $"cannot {action.What}: the answer is not one of an S3 service", "check the endpoint: something else answers there", exception),
            AmazonServiceException { StatusCode: >= HttpStatusCode.Continue } answer => FromAnswer(answer, action, options),
            AmazonClientException when !Causes(exception).Any(IsOfNetwork) => new HoldfastException(
                FailureKind.Failed, $"cannot {action.What}: {Quoted.Escape(exception.Message, LongestAnswer)}", null, exception),
            _ => Unreachable(exception, action, Quoted.Escape(exception.GetBaseException().Message, LongestAnswer)),
        };
    }

    private static HoldfastException FromAnswer(AmazonServiceException answer, S3Action action, S3Options options) => answer.ErrorCode switch
    {
        "NoSuchKey" => New(FailureKind.NotFound, answer, action, "it does not exist", null),
        "NoSuchBucket" => New(
            FailureKind.NoRepository, answer, action, $"there is no bucket {Quoted.Text(options.Bucket)}", "check the name of the bucket and the endpoint"),
        "InvalidBucketName" => New(
            FailureKind.Usage, answer, action, $"{Quoted.Text(options.Bucket)} cannot be the name of a bucket", "names have 3 to 63 lower-case letters, digits, dots and hyphens"),
        "SignatureDoesNotMatch" => New(
            FailureKind.Unavailable, answer, action, "the service does not accept the signature",
            "the secret access key is wrong, or a proxy changes the requests"),
        "InvalidAccessKeyId" => New(
            FailureKind.Unavailable, answer, action, "the service does not know the access key", "check AWS_ACCESS_KEY_ID and the endpoint"),
        "ExpiredToken" or "ExpiredTokenException" or "InvalidToken" or "TokenRefreshRequired" => New(
            FailureKind.Unavailable, answer, action, "the session token is not valid, or not any more", "fetch new temporary credentials"),
        "RequestTimeTooSkewed" or "RequestExpired" => New(
            FailureKind.Unavailable, answer, action, "the clocks of this machine and of the service differ too much", "set this machine's clock"),
        "AuthorizationHeaderMalformed" or "PermanentRedirect" or "TemporaryRedirect" or "IllegalLocationConstraintException"
            or "InvalidLocationConstraint" => WrongRegion(answer, action, options),
        "InvalidRange" => New(FailureKind.Damaged, answer, action, "it is shorter than it must be", null),
        "BadDigest" or "InvalidDigest" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" => Altered(answer, action),
        "InvalidObjectState" => New(
            FailureKind.Unavailable, answer, action, "it is in an archive storage class",
            "have the service restore it to a class that can be read, then try again"),
        "QuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull" => Full(answer, action),
        "RequestTimeout" or "SlowDown" or "OperationAborted" => Overloaded(answer, action),
        _ => FromStatus(answer, action, options),
    };

    // The answer to a HEAD request has no body, and thus no code of S3.
    private static HoldfastException FromStatus(AmazonServiceException answer, S3Action action, S3Options options) => answer.StatusCode switch
    {
        HttpStatusCode.NotFound => New(FailureKind.NotFound, answer, action, "it does not exist", null),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => New(
            action.IsChange ? FailureKind.Refused : FailureKind.Unavailable, answer, action, "access denied",
            $"check that these credentials may {action.Permission} on the bucket, and whether the object is locked"
            + (action.Permission == "s3:DeleteObject" ? "; where it is meant that they cannot delete, forget and prune with another key" : string.Empty)),
        HttpStatusCode.RequestedRangeNotSatisfiable => New(FailureKind.Damaged, answer, action, "it is shorter than it must be", null),
        HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect =>
            WrongRegion(answer, action, options),
        HttpStatusCode.InsufficientStorage => Full(answer, action),
        HttpStatusCode.NotImplemented => New(
            FailureKind.Failed, answer, action, $"the service cannot do that: {Answered(answer)}", "leave out the storage class and object lock"),
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => Overloaded(answer, action),
        _ => New(FailureKind.Failed, answer, action, $"the service refused: {Answered(answer)}", null),
    };

    private static HoldfastException WrongRegion(AmazonServiceException answer, S3Action action, S3Options options) => New(
        FailureKind.Unavailable,
        answer,
        action,
        $"the bucket is not in the region {Quoted.Escape(options.SigningRegion, LongestAnswer)}, or not at this endpoint ({Answered(answer)})",
        "set AWS_DEFAULT_REGION to the region of the bucket, and use the endpoint of that region");

    private static HoldfastException Altered(AmazonServiceException answer, S3Action action) => new(
        FailureKind.Failed,
        $"cannot {action.What}: it was altered on its way, and the service refused it",
        "if it happens again, test this machine's memory and network",
        answer)
    { IsTransient = true };

    private static HoldfastException Full(AmazonServiceException answer, S3Action action) => New(
        FailureKind.NoSpace, answer, action, "the service has no room for it", "free some space or raise the quota");

    private static HoldfastException Overloaded(AmazonServiceException answer, S3Action action) => new(
        FailureKind.Unavailable, $"cannot {action.What}: the service is in trouble: {Answered(answer)}", "try again later", answer)
    {
        IsTransient = true,
    };

    private static HoldfastException Untrusted(Exception exception, S3Action action) => new(
        FailureKind.Unavailable,
        $"cannot {action.What}: the certificate of the service is not trusted",
        "give the file of the authority that signed it (AWS_CA_BUNDLE), and check the name of the host and this machine's clock",
        exception);

    private static HoldfastException Unreachable(Exception exception, S3Action action, string reason) => new(
        FailureKind.Unavailable, $"cannot {action.What}: {reason}", "check the endpoint, the network and that the service is running", exception)
    {
        // A name that does not exist is most likely misspelt.
        IsTransient = !Causes(exception).OfType<SocketException>().Any(socket => socket.SocketErrorCode is SocketError.HostNotFound),
    };

    // An upload in parts failed, and so did the request to forget the parts.
    private static HoldfastException Unfinished(Exception failure, Exception abort, S3Action action, S3Options options)
    {
        var first = From(failure, action, options);
        return new HoldfastException(
            first.Kind,
            $"{first.Message}; the parts that were uploaded could not be removed",
            "give the bucket a lifecycle rule that aborts incomplete multipart uploads",
            new AggregateException(failure, abort))
        { IsTransient = first.IsTransient };
    }

    private static HoldfastException New(FailureKind kind, AmazonServiceException answer, S3Action action, string reason, string? hint) =>
        new(kind, $"cannot {action.What}: {reason}", hint, answer);

    private static bool IsOfNetwork(Exception exception) => exception is HttpRequestException or IOException or SocketException;

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException) yield return exception;
    }

    private static string Answered(AmazonServiceException answer) =>
        $"{(int)answer.StatusCode} {Quoted.Escape(answer.ErrorCode ?? string.Empty, LongestAnswer)}: {Quoted.Escape(answer.Message, LongestAnswer)}";
}
