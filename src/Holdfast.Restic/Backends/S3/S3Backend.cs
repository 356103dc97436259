using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.S3;

/// <summary>
/// A repository in a bucket of an S3 service, in restic's layout (sections 2.4 and 12). Safe for use by many threads. It trusts that the
/// service shows every object as soon as it is written, as S3 promises. It does not retry.
/// </summary>
public sealed class S3Backend : IBackend, IDisposable
{
    private readonly S3Options _options;
    private readonly TimeProvider _clock;
    private readonly S3Connection _connection;
    private readonly S3Layout _layout;

    /// <exception cref="HoldfastException">Usage: the file of certificates cannot be read.</exception>
    public S3Backend(S3Options options, TimeProvider clock)
        : this(options, clock, null)
    {
    }

    internal S3Backend(S3Options options, TimeProvider clock, Action<SocketsHttpHandler>? configure)
    {
        _options = options;
        _clock = clock;
        _connection = new S3Connection(options, configure);
        _layout = new S3Layout(options.Prefix);
        Location = Quoted.Escape(options.Location, int.MaxValue);
    }

    public string Location { get; }

    /// <summary>A service takes some tens of milliseconds to begin an answer, in which a connection transfers a few megabytes.</summary>
    public int CostOfRead => 4 << 20;

    public int Connections => _options.Connections;

    private AmazonS3Client Client => _connection.Client;

    /// <summary>Makes the bucket where there is none. Credentials that may not look at the bucket may well write into it, and are believed.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        var action = new S3Action($"look for the bucket of {Location}", "s3:ListBucket");
        var state = await CallAsync(action, LookForBucketAsync, cancellationToken);
        if (state != HttpStatusCode.NotFound) return;
        await CallAsync(
            new S3Action($"create the bucket of {Location}", "s3:CreateBucket", IsChange: true), CreateBucketAsync, cancellationToken);
    }

    public async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (type == FileType.Config)
        {
            if (await StatAsync(FileHandle.Config, cancellationToken) is { } size) yield return new StoredFile(FileHandle.Config, size);
            yield break;
        }

        await foreach (var page in PagesAsync(type, cancellationToken))
        {
            foreach (var stored in page.S3Objects ?? [])
            {
                if (_layout.TryParse(type, stored.Key, out var handle)) yield return new StoredFile(handle, stored.Size ?? 0);
            }
        }
    }

    public async Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken)
    {
        var folder = _layout.FolderOf(FileType.Snapshot);
        var unknown = new List<string>();
        await foreach (var page in PagesAsync(FileType.Snapshot, cancellationToken))
        {
            // An object with the name of the folder is how consoles make one.
            unknown.AddRange((page.S3Objects ?? []).Select(stored => stored.Key).Where(key => key != folder && !_layout.TryParse(FileType.Snapshot, key, out _)).Select(Below));
            unknown.AddRange((page.CommonPrefixes ?? []).Select(prefix => Below(prefix.TrimEnd('/'))));
        }

        unknown.Sort(StringComparer.Ordinal);
        return new StorageDisorder([], unknown);

        string Below(string key) => key.StartsWith(folder, StringComparison.Ordinal) ? key[folder.Length..] : key;
    }

    public async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = await CallAsync(
                new S3Action($"look at {Name(handle)}", "s3:GetObject"),
                watch => Client.GetObjectMetadataAsync(_options.Bucket, _layout.KeyOf(handle), watch.Token),
                cancellationToken);
            return metadata.ContentLength;
        }
        catch (HoldfastException e) when (e.Kind == FailureKind.NotFound)
        {
            return null;
        }
    }

    public async Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.IsEmpty)
        {
            // A range cannot be empty.
            if (offset > (await StatAsync(handle, cancellationToken) ?? throw Missing(handle))) throw TooShort(handle);
            return;
        }

        await CallAsync(
            new S3Action($"read {Name(handle)}", "s3:GetObject"),
            async watch =>
            {
                await ReadRangeAsync(handle, offset, destination, watch);
                return true;
            },
            cancellationToken);
    }

    public Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken) => CallAsync(
        new S3Action($"read {Name(handle)}", "s3:GetObject"),
        async watch =>
        {
            using var response = await Client.GetObjectAsync(new GetObjectRequest { BucketName = _options.Bucket, Key = _layout.KeyOf(handle) }, watch.Token);
            if (response.ContentLength > Array.MaxLength)
                throw new HoldfastException(FailureKind.Damaged, $"cannot read {Name(handle)}: it is impossibly large ({response.ContentLength} bytes)");
            var content = new byte[response.ContentLength];
            await FillAsync(response, content, watch);
            return content;
        },
        cancellationToken);

    public async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => await CallAsync(
        new S3Action($"write {Name(handle)}", "s3:PutObject", IsChange: true),
        async watch =>
        {
            await new S3Upload(Client, _options, _clock, watch).WriteAsync(handle, _layout.KeyOf(handle), content);
            return true;
        },
        cancellationToken);

    public async Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                new S3Action($"delete {Name(handle)}", "s3:DeleteObject", IsChange: true),
                watch => Client.DeleteObjectAsync(_options.Bucket, _layout.KeyOf(handle), watch.Token),
                cancellationToken);
        }
        catch (HoldfastException e) when (e.Kind == FailureKind.NotFound)
        {
            // Gone is what it should be.
            return;
        }
    }

    public void Dispose() => _connection.Dispose();

    private async Task<HttpStatusCode> LookForBucketAsync(StallGuard watch)
    {
        try
        {
            await Client.HeadBucketAsync(new HeadBucketRequest { BucketName = _options.Bucket }, watch.Token);
            return HttpStatusCode.OK;
        }
        catch (AmazonServiceException e) when (e.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return e.StatusCode;
        }
    }

    private async Task<PutBucketResponse> CreateBucketAsync(StallGuard watch)
    {
        // The first region has no name as a place.
        var region = _options.SigningRegion is "us-east-1" ? null : _options.SigningRegion;
        var request = new PutBucketRequest { BucketName = _options.Bucket, UseClientRegion = false, BucketRegionName = region };
        try
        {
            return await Client.PutBucketAsync(request, watch.Token);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "BucketAlreadyOwnedByYou")
        {
            return new PutBucketResponse();
        }
    }

    /// <summary>What is in the folder of a kind. A list whose end does not come is none: what it lacks would look as if it were not there.</summary>
    private async IAsyncEnumerable<ListObjectsV2Response> PagesAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = _options.Bucket,
            Prefix = _layout.FolderOf(type),
            Delimiter = type == FileType.Pack ? null : "/",
        };
        var action = new S3Action($"list {request.Prefix} in {Location}", "s3:ListBucket");
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            var page = await CallAsync(action, watch => ListPageAsync(request, watch.Token), cancellationToken);
            yield return page;
            request.ContinuationToken = page.NextContinuationToken is { Length: > 0 } next ? next : null;
            if (page.IsTruncated is false || (page.IsTruncated is null && request.ContinuationToken is null)) yield break;
            if (request.ContinuationToken is null) throw Endless(action, "it says that there is more and not how to ask for it");
            if (!tokens.Add(request.ContinuationToken)) throw Endless(action, "it goes round in circles");
        }
        while (true);
    }

    private static HoldfastException Endless(S3Action action, string why) => new(
        FailureKind.Unavailable, $"cannot {action.What}: the list of the service does not come to its end: {why}", "the service does not keep to the protocol of S3: tell those who run it");

    // A bucket that is not made yet is as empty as a directory that is not; one that vanishes in the middle of a list is not.
    private async Task<ListObjectsV2Response> ListPageAsync(ListObjectsV2Request request, CancellationToken cancellationToken)
    {
        try
        {
            return await Client.ListObjectsV2Async(request, cancellationToken);
        }
        catch (NoSuchBucketException) when (request.ContinuationToken is null)
        {
            return new ListObjectsV2Response();
        }
    }

    private async Task ReadRangeAsync(FileHandle handle, long offset, Memory<byte> destination, StallGuard watch)
    {
        var last = offset > long.MaxValue - destination.Length ? throw TooShort(handle) : offset + destination.Length - 1;
        using var response = await Client.GetObjectAsync(
            new GetObjectRequest { BucketName = _options.Bucket, Key = _layout.KeyOf(handle), ByteRange = new ByteRange(offset, last) },
            watch.Token);
        if (response.ContentRange is null || !response.ContentRange.StartsWith($"bytes {offset}-", StringComparison.Ordinal))
        {
            throw new HoldfastException(FailureKind.Failed, $"cannot read {Name(handle)}: the service gave another range than it was asked for");
        }

        if (response.ContentLength != destination.Length) throw TooShort(handle);
        await FillAsync(response, destination, watch);
    }

    private static async Task FillAsync(GetObjectResponse response, Memory<byte> destination, StallGuard watch)
    {
        for (var filled = 0; filled < destination.Length;)
        {
            var count = await response.ResponseStream.ReadAsync(destination[filled..], watch.Token);
            if (count == 0) throw new EndOfStreamException("the connection ended in the middle of the answer");
            watch.Progress();
            filled += count;
        }
    }

    private async Task<T> CallAsync<T>(S3Action action, Func<StallGuard, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var watch = new StallGuard(_options.StallTimeout, _clock, cancellationToken);
        try
        {
            return await call(watch);
        }
        catch (Exception e) when (S3Failures.IsExpected(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw S3Failures.From(e, action, _options);
        }
    }

    private string Name(FileHandle handle) => $"{handle} of the repository {Location}";

    private HoldfastException Missing(FileHandle handle) =>
        new(FailureKind.NotFound, $"cannot read {Name(handle)}: it does not exist");

    private HoldfastException TooShort(FileHandle handle) => new(FailureKind.Damaged, $"{Name(handle)} is shorter than it must be");
}
