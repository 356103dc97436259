using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;
using Amazon.S3;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.S3;

/// <summary>Turns what a service or the network answers into the product's failures. No message has a secret in it.</summary>
internal static class S3Failures
{
    private const int LongestAnswer = 200;

    /// <summary>True for what a service or the network can cause; everything else is a programming error and passes through.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or SocketException
            or AuthenticationException or OperationCanceledException;

    public static HoldfastException From(Exception exception, S3Action action, S3Options options)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is HoldfastException failure) return failure;
            if (inner is AuthenticationException) return Untrusted(exception, action);
        }

        return exception switch
        {
            OperationCanceledException => Unreachable(
                exception, action, $"nothing moved for {options.StallTimeout.TotalSeconds:0.#} seconds"),
            AmazonServiceException { StatusCode: >= HttpStatusCode.Continue } answer => FromAnswer(answer, action, options),
            _ => Unreachable(exception, action, Innermost(exception)),
        };
    }

    private static HoldfastException FromAnswer(AmazonServiceException answer, S3Action action, S3Options options) => answer.ErrorCode switch
    {
        "NoSuchKey" => New(FailureKind.NotFound, answer, action, "it does not exist", null),
        "NoSuchBucket" => New(
            FailureKind.NoRepository, answer, action, $"there is no bucket {Quoted.Text(options.Bucket)}", "check the name of the bucket and the endpoint"),
        "SignatureDoesNotMatch" => New(
            FailureKind.Unavailable, answer, action, "the service does not accept the signature",
            "the secret access key is wrong, or a proxy changes the requests"),
        "InvalidAccessKeyId" => New(
            FailureKind.Unavailable, answer, action, "the service does not know the access key", "check AWS_ACCESS_KEY_ID and the endpoint"),
        "ExpiredToken" or "ExpiredTokenException" or "InvalidToken" or "TokenRefreshRequired" => New(
            FailureKind.Unavailable, answer, action, "the session token is not valid (any more)", "fetch new temporary credentials"),
        "RequestTimeTooSkewed" or "RequestExpired" => New(
            FailureKind.Unavailable, answer, action, "the clocks of this machine and the service differ too much", "set this machine's clock"),
        "AuthorizationHeaderMalformed" or "PermanentRedirect" or "TemporaryRedirect" or "IllegalLocationConstraintException" =>
            WrongRegion(answer, action, options),
        "InvalidRange" => New(FailureKind.Damaged, answer, action, "it is shorter than it must be", null),
        "BadDigest" or "InvalidDigest" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" => New(
            FailureKind.Failed, answer, action, "it was altered on its way, and the service refused it", "try again; if it persists, test this machine's memory"),
        "InvalidObjectState" => New(
            FailureKind.Unavailable, answer, action, "it is in an archive storage class", "have the service restore it to a class that can be read, then try again"),
        "QuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull" or "EntityTooLarge" => New(
            FailureKind.NoSpace, answer, action, $"the service has no room for it ({answer.ErrorCode})", "free some space or raise the quota"),
        _ => FromStatus(answer, action, options),
    };

    // The answer to a HEAD request has no body, and thus no code of S3.
    private static HoldfastException FromStatus(AmazonServiceException answer, S3Action action, S3Options options) => answer.StatusCode switch
    {
        HttpStatusCode.NotFound => New(FailureKind.NotFound, answer, action, "it does not exist", null),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => New(
            FailureKind.Unavailable, answer, action, "access denied", $"check that these credentials may {action.Permission} on the bucket"),
        HttpStatusCode.RequestedRangeNotSatisfiable => New(FailureKind.Damaged, answer, action, "it is shorter than it must be", null),
        HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect =>
            WrongRegion(answer, action, options),
        HttpStatusCode.InsufficientStorage => New(
            FailureKind.NoSpace, answer, action, "the service has no room for it", "free some space or raise the quota"),
        HttpStatusCode.NotImplemented => New(
            FailureKind.Failed, answer, action, $"the service cannot do that: {Answered(answer)}", "leave out storage class and object lock"),
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => New(
            FailureKind.Unavailable, answer, action, $"the service is in trouble: {Answered(answer)}", "try again later"),
        _ => New(FailureKind.Failed, answer, action, $"the service refused: {Answered(answer)}", null),
    };

    private static HoldfastException WrongRegion(AmazonServiceException answer, S3Action action, S3Options options)
    {
        var region = (answer as AmazonS3Exception)?.Region;
        return New(
            FailureKind.Unavailable, answer, action, $"the bucket is not in the region {Quoted.Escape(options.SigningRegion, LongestAnswer)}",
            string.IsNullOrEmpty(region)
                ? "give its region (AWS_DEFAULT_REGION) and the endpoint of that region"
                : $"its region is {Quoted.Escape(region, LongestAnswer)}: set AWS_DEFAULT_REGION");
    }

    private static HoldfastException Untrusted(Exception exception, S3Action action) => new(
        FailureKind.Unavailable,
        $"cannot {action.What}: the certificate of the service is not trusted",
        "give the file of the authority that signed it (AWS_CA_BUNDLE), and check the name of the host and this machine's clock",
        exception);

    private static HoldfastException Unreachable(Exception exception, S3Action action, string reason) => new(
        FailureKind.Unavailable, $"cannot {action.What}: {reason}", "check the endpoint, the network and that the service is running", exception);

    private static HoldfastException New(FailureKind kind, AmazonServiceException answer, S3Action action, string reason, string? hint) =>
        new(kind, $"cannot {action.What}: {reason}", hint, answer);

    private static string Answered(AmazonServiceException answer) =>
        $"{(int)answer.StatusCode} {Quoted.Escape(answer.ErrorCode ?? string.Empty, LongestAnswer)}: {Quoted.Escape(answer.Message, LongestAnswer)}";

    private static string Innermost(Exception exception) => Quoted.Escape(exception.GetBaseException().Message, LongestAnswer);
}
