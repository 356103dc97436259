using System.Security.Cryptography;
using System.Text;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.S3;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.S3;

/// <summary>What goes over the wire, and what becomes of answers that a healthy server does not give.</summary>
public sealed class S3RequestTests
{
    private static readonly FileHandle Pack = new(FileType.Pack, Id.Random());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_is_one_signed_request_with_digests_of_the_body()
    {
        await using var server = CannedS3Server.Answering(200);
        using var backend = Open(server, options => options with { Credentials = new S3Credentials("id", "key", "token of the session") });
        var content = "hello"u8.ToArray();

        await backend.WriteAsync(Pack, content, Token);

        var asked = Assert.Single(server.Requests);
        Assert.Equal(("PUT", $"/bucket/p/data/{Pack.Id.ToString()[..2]}/{Pack.Id}"), (asked.Method, asked.Path));
        Assert.Equal(content, asked.Body);
        Assert.Equal("5", asked.Headers["Content-Length"]);
        Assert.Equal("XUFAKrxLKna5cZ2REBfFkg==", asked.Headers["Content-MD5"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), asked.Headers["x-amz-content-sha256"]);
        Assert.Equal("token of the session", asked.Headers["x-amz-security-token"]);
        Assert.Equal("application/octet-stream", asked.Headers["Content-Type"]);
        Assert.Null(asked.Headers["Content-Encoding"]);
        Assert.Null(asked.Headers["x-amz-storage-class"]);
        Assert.DoesNotContain(asked.Headers.AllKeys, name => name!.StartsWith("x-amz-checksum", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("x-amz-object-lock", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Without_credentials_nothing_is_signed()
    {
        await using var server = CannedS3Server.Answering(404);
        using var backend = Open(server, options => options with { Credentials = null });
        Assert.Null(await backend.StatAsync(Pack, Token));
        Assert.Null(Assert.Single(server.Requests).Headers["Authorization"]);
    }

    [Theory]
    [InlineData("GLACIER", FileType.Pack, true)]
    [InlineData("GLACIER", FileType.Index, false)]
    [InlineData("STANDARD_IA", FileType.Pack, true)]
    [InlineData("STANDARD_IA", FileType.Index, true)]
    public async Task Only_packs_go_into_an_archive(string storageClass, FileType type, bool given)
    {
        await using var server = CannedS3Server.Answering(200);
        using var backend = Open(server, options => options with { StorageClass = storageClass });
        await backend.WriteAsync(new FileHandle(type, Id.Random()), new byte[5], Token);
        Assert.Equal(given ? storageClass : null, Assert.Single(server.Requests).Headers["x-amz-storage-class"]);
    }

    [Fact]
    public async Task Everything_but_locks_is_protected_from_deletion()
    {
        await using var server = CannedS3Server.Answering(200);
        var clock = new ManualTimeProvider();
        var protection = new S3ObjectLock(S3RetentionMode.Compliance, TimeSpan.FromDays(30), LegalHold: true);
        using var backend = Open(server, options => options with { ObjectLock = protection }, clock);
        foreach (var type in Enum.GetValues<FileType>()) await backend.WriteAsync(new FileHandle(type, Id.Random()), new byte[5], Token);

        foreach (var asked in server.Requests)
        {
            var isLock = asked.Path.Contains("/locks/", StringComparison.Ordinal);
            Assert.Equal(isLock ? null : "COMPLIANCE", asked.Headers["x-amz-object-lock-mode"]);
            Assert.Equal(isLock ? null : "ON", asked.Headers["x-amz-object-lock-legal-hold"]);
            Assert.Equal(!isLock, asked.Headers["x-amz-object-lock-retain-until-date"]?.StartsWith("2026-01-31T00:00:00", StringComparison.Ordinal) ?? false);
        }

        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData(503, "SlowDown", FailureKind.Unavailable, true)]
    [InlineData(500, "InternalError", FailureKind.Unavailable, true)]
    [InlineData(429, "TooManyRequests", FailureKind.Unavailable, true)]
    [InlineData(400, "RequestTimeout", FailureKind.Unavailable, true)]
    [InlineData(400, "BadDigest", FailureKind.Failed, true)]
    [InlineData(403, "AccessDenied", FailureKind.Refused, false)]
    [InlineData(403, "InvalidAccessKeyId", FailureKind.Unavailable, false)]
    [InlineData(403, "RequestTimeTooSkewed", FailureKind.Unavailable, false)]
    [InlineData(400, "ExpiredToken", FailureKind.Unavailable, false)]
    [InlineData(301, "PermanentRedirect", FailureKind.Unavailable, false)]
    [InlineData(400, "AuthorizationHeaderMalformed", FailureKind.Unavailable, false)]
    [InlineData(404, "NoSuchBucket", FailureKind.NoRepository, false)]
    [InlineData(400, "InvalidBucketName", FailureKind.Usage, false)]
    [InlineData(507, "InsufficientStorage", FailureKind.NoSpace, false)]
    [InlineData(403, "QuotaExceeded", FailureKind.NoSpace, false)]
    [InlineData(501, "NotImplemented", FailureKind.Failed, false)]
    [InlineData(400, "InvalidArgument", FailureKind.Failed, false)]
    public async Task An_answer_becomes_one_failure_after_one_request(int status, string code, FailureKind kind, bool transient)
    {
        await using var server = CannedS3Server.Answering(status, code);
        using var backend = Open(server);

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => backend.WriteAsync(Pack, new byte[10], Token));

        Assert.Equal((kind, transient), (failure.Kind, failure.IsTransient));
        Assert.StartsWith($"cannot write {Pack} of the repository s3:{server.Endpoint}bucket/p: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message + failure.Hint + failure.InnerException, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(403, FailureKind.Unavailable)]
    [InlineData(400, FailureKind.Failed)]
    [InlineData(301, FailureKind.Unavailable)]
    public async Task An_answer_without_a_body_is_understood_by_its_status(int status, FailureKind kind)
    {
        await using var server = CannedS3Server.Answering(status);
        using var backend = Open(server);
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => backend.StatAsync(Pack, Token));
        Assert.Equal(kind, failure.Kind);
    }

    [Fact]
    public async Task Something_else_at_the_endpoint_is_not_taken_for_an_empty_bucket()
    {
        await using var server = new CannedS3Server(async (_, response) =>
        {
            response.ContentType = "text/html";
            await response.OutputStream.WriteAsync("<html><body>Welcome to the hotel<br></body></html>"u8.ToArray());
        });
        using var backend = Open(server);
        var failure = await Assert.ThrowsAsync<HoldfastException>(async () =>
        {
            await foreach (var file in backend.ListAsync(FileType.Key, Token)) Assert.Fail($"listed {file}");
        });
        Assert.Equal((FailureKind.Unavailable, false), (failure.Kind, failure.IsTransient));
        Assert.Contains("not one of an S3 service", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_range_than_the_one_asked_for_is_not_taken()
    {
        await using var server = new CannedS3Server(async (_, response) =>
        {
            response.ContentLength64 = 10;
            await response.OutputStream.WriteAsync(new byte[10]);
        });
        using var backend = Open(server);
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => backend.ReadAsync(Pack, 5, new byte[10], Token));
        Assert.Equal(FailureKind.Failed, failure.Kind);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_a_broken_connection_and_not_damage()
    {
        await using var server = new CannedS3Server(async (_, response) =>
        {
            response.StatusCode = 206;
            response.Headers["Content-Range"] = "bytes 5-14/100";
            response.ContentLength64 = 10;
            await response.OutputStream.WriteAsync(new byte[4]);
            response.Abort();
        });
        using var backend = Open(server);
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => backend.ReadAsync(Pack, 5, new byte[10], Token));
        Assert.Equal((FailureKind.Unavailable, true), (failure.Kind, failure.IsTransient));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        var silence = new TaskCompletionSource();
        await using var server = new CannedS3Server((_, _) => silence.Task);
        var clock = new ManualTimeProvider();
        using var backend = Open(server, options => options with { StallTimeout = TimeSpan.FromSeconds(60) }, clock);

        var writing = backend.WriteAsync(Pack, new byte[10], Token);
        await Conditions.Eventually("the request has arrived", () => server.Requests.Count == 1);
        Assert.False(writing.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(61));
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => writing);

        silence.SetResult();
        Assert.Equal((FailureKind.Unavailable, true), (failure.Kind, failure.IsTransient));
        Assert.Contains("nothing moved for 60 seconds", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(204, false)]
    [InlineData(403, true)]
    public async Task Parts_of_a_failed_upload_are_removed(int abortStatus, bool complains)
    {
        await using var server = new CannedS3Server(async (request, response) =>
        {
            if (request.HttpMethod is "PUT") response.StatusCode = 503;
            if (request.HttpMethod is "DELETE") response.StatusCode = abortStatus;
            if (request.HttpMethod is not "POST") return;
            response.ContentType = "application/xml";
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(
                "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>"));
        });
        using var backend = Open(server, options => options with { MultipartThreshold = 10, PartSize = 10 });

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => backend.WriteAsync(Pack, new byte[25], Token));

        Assert.Equal(["POST", "PUT", "DELETE"], server.Requests.Select(asked => asked.Method));
        Assert.Contains("uploadId=upload-1", server.Requests[2].Path, StringComparison.Ordinal);
        Assert.Equal((FailureKind.Unavailable, true), (failure.Kind, failure.IsTransient));
        Assert.Equal(complains, failure.Message.Contains("could not be removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bucket_that_may_not_be_looked_at_is_taken_for_there()
    {
        await using var server = CannedS3Server.Answering(403);
        using var backend = Open(server);
        await backend.CreateAsync(Token);
        Assert.Equal("HEAD", Assert.Single(server.Requests).Method);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("us-east-1", "")]
    [InlineData("eu-central-1", "eu-central-1")]
    public async Task A_new_bucket_is_made_in_the_region(string? region, string constraint)
    {
        await using var server = new CannedS3Server((request, response) =>
        {
            if (request.HttpMethod is "HEAD") response.StatusCode = 404;
            return Task.CompletedTask;
        });
        using var backend = Open(server, options => options with { Region = region });

        await backend.CreateAsync(Token);

        Assert.Equal(["HEAD", "PUT"], server.Requests.Select(asked => asked.Method));
        var body = Encoding.UTF8.GetString(server.Requests[1].Body);
        Assert.Equal(constraint.Length > 0, body.Contains("LocationConstraint", StringComparison.Ordinal));
        Assert.Contains(constraint, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_many_pages_is_whole()
    {
        var ids = Enumerable.Range(0, 3).Select(_ => Id.Random()).ToList();
        await using var server = new CannedS3Server((request, response) => AnswerAsync(response, (request.QueryString["continuation-token"] ?? "0") switch
        {
            "0" => Page("<IsTruncated>true</IsTruncated><NextContinuationToken>1</NextContinuationToken>", ids[0]),
            "1" => Page("<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>", ids[1]),
            _ => Page("<IsTruncated>false</IsTruncated>", ids[2]),
        }));
        using var backend = Open(server);

        Assert.Equal(ids.Order(), (await ListAsync(backend)).Select(file => file.Handle.Id).Order());
    }

    [Theory]
    [InlineData("<IsTruncated>true</IsTruncated>", "how to ask for it")]
    [InlineData("<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>", "how to ask for it")]
    [InlineData("<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>", "circles")]
    public async Task A_list_that_does_not_come_to_its_end_is_none(string end, string why)
    {
        await using var server = new CannedS3Server((_, response) => AnswerAsync(response, Page(end, Id.Random())));
        using var backend = Open(server);

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => ListAsync(backend));

        Assert.Equal(FailureKind.Unavailable, failure.Kind);
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_that_vanishes_in_the_middle_of_a_list_is_no_end_of_it()
    {
        await using var server = new CannedS3Server((request, response) =>
        {
            if (request.QueryString["continuation-token"] is null)
                return AnswerAsync(response, Page("<IsTruncated>true</IsTruncated><NextContinuationToken>1</NextContinuationToken>", Id.Random()));
            response.StatusCode = 404;
            return AnswerAsync(response, "<Error><Code>NoSuchBucket</Code><Message>a message</Message></Error>");
        });
        using var backend = Open(server);

        Assert.Equal(FailureKind.NoRepository, (await Assert.ThrowsAsync<HoldfastException>(() => ListAsync(backend))).Kind);
    }

    [Fact]
    public async Task What_lies_beside_the_snapshots_is_told()
    {
        var id = Id.Random();
        await using var server = new CannedS3Server((_, response) => AnswerAsync(response, Page(
            "<Contents><Key>p/snapshots/</Key><Size>0</Size></Contents>"
            + $"<Contents><Key>p/snapshots/{id}.bak</Key><Size>5</Size></Contents><CommonPrefixes><Prefix>p/snapshots/old/</Prefix></CommonPrefixes><IsTruncated>false</IsTruncated>",
            id,
            "snapshots")));
        using var backend = Open(server);

        var disorder = await backend.SurveyAsync(Token);

        Assert.Equal(new[] { $"{id}.bak", "old" }.Order(StringComparer.Ordinal), disorder.UnknownSnapshots);
        Assert.Empty(disorder.MissingFolders);
    }

    [Theory]
    [InlineData("\"abc\"")]
    [InlineData("\"not in hexadecimal at all, and long\"")]
    public async Task An_odd_tag_of_content_is_no_fault_of_the_program(string tag)
    {
        await using var server = new CannedS3Server((_, response) =>
        {
            response.Headers["ETag"] = tag;
            return Task.CompletedTask;
        });
        using var backend = Open(server);

        Assert.True(await Record.ExceptionAsync(() => backend.WriteAsync(Pack, new byte[5], Token)) is null or HoldfastException);
        var failure = S3Failures.From(new ArgumentException("odd"), new S3Action("write it", "s3:PutObject"), new S3Options { Endpoint = server.Endpoint, Bucket = "bucket" });
        Assert.True(S3Failures.IsExpected(new ArgumentException("odd")));
        Assert.Equal((FailureKind.Unavailable, "cannot write it: the answer is not one of an S3 service"), (failure.Kind, failure.Message));
    }

    private static async Task<List<StoredFile>> ListAsync(S3Backend backend)
    {
        var files = new List<StoredFile>();
        await foreach (var file in backend.ListAsync(FileType.Key, Token)) files.Add(file);
        return files;
    }

    private static string Page(string rest, Id id, string folder = "keys") =>
        $"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name><Contents><Key>p/{folder}/{id}</Key><Size>5</Size></Contents>{rest}</ListBucketResult>";

    private static async Task AnswerAsync(System.Net.HttpListenerResponse response, string xml)
    {
        response.ContentType = "application/xml";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}"));
    }

    private static S3Backend Open(CannedS3Server server, Func<S3Options, S3Options>? change = null, TimeProvider? clock = null)
    {
        var options = new S3Options
        {
            Endpoint = server.Endpoint,
            Bucket = "bucket",
            Prefix = "p",
            Credentials = new S3Credentials("id", "the secret"),
        };
        return new S3Backend(change?.Invoke(options) ?? options, clock ?? TimeProvider.System);
    }
}
