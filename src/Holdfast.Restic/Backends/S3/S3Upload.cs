using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Holdfast.Restic.Backends.S3;

/// <summary>
/// Writes one object, so that a service refuses what was altered on its way: the body is signed with its SHA-256, and its MD5 goes with it,
/// which buckets with object lock demand.
/// </summary>
internal sealed class S3Upload(AmazonS3Client client, S3Options options, TimeProvider clock, StallGuard watch)
{
    private static readonly string[] ArchiveClasses = ["GLACIER", "DEEP_ARCHIVE"];

    public async Task WriteAsync(FileHandle handle, string key, ReadOnlyMemory<byte> content)
    {
        if (content.Length > options.MultipartThreshold) await WritePartsAsync(handle, key, content);
        else await WriteWholeAsync(handle, key, content);
    }

    private async Task WriteWholeAsync(FileHandle handle, string key, ReadOnlyMemory<byte> content)
    {
        await using var stream = new MemoryReadStream(content, watch.Progress);
        var request = new PutObjectRequest
        {
            BucketName = options.Bucket,
            Key = key,
            InputStream = stream,
            AutoCloseStream = false,
            UseChunkEncoding = false,
            ContentType = "application/octet-stream",
            MD5Digest = Digest(content),
        };
        if (StorageClassOf(handle.Type) is { } storageClass) request.StorageClass = storageClass;
        if (LockOf(handle.Type) is { } protection)
        {
            if (ModeOf(protection) is { } mode) (request.ObjectLockMode, request.ObjectLockRetainUntilDate) = (mode, Until(protection));
            if (protection.LegalHold) request.ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On;
        }

        await client.PutObjectAsync(request, watch.Token);
    }

    private async Task WritePartsAsync(FileHandle handle, string key, ReadOnlyMemory<byte> content)
    {
        var request = new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key, ContentType = "application/octet-stream" };
        if (StorageClassOf(handle.Type) is { } storageClass) request.StorageClass = storageClass;
        if (LockOf(handle.Type) is { } protection)
        {
            if (ModeOf(protection) is { } mode) (request.ObjectLockMode, request.ObjectLockRetainUntilDate) = (mode, Until(protection));
            if (protection.LegalHold) request.ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On;
        }

        var upload = (await client.InitiateMultipartUploadAsync(request, watch.Token)).UploadId;
        try
        {
            await CompleteAsync(key, upload, await WriteEachPartAsync(key, upload, content));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            await AbortAsync(key, upload, failure);
            throw;
        }
    }

    private async Task<List<PartETag>> WriteEachPartAsync(string key, string upload, ReadOnlyMemory<byte> content)
    {
        var parts = new List<PartETag>();
        for (var offset = 0; offset < content.Length; offset += options.PartSize)
        {
            var part = content.Slice(offset, Math.Min(options.PartSize, content.Length - offset));
            await using var stream = new MemoryReadStream(part, watch.Progress);
            var response = await client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = options.Bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = parts.Count + 1,
                    PartSize = part.Length,
                    InputStream = stream,
                    UseChunkEncoding = false,
                    MD5Digest = Digest(part),
                    IsLastPart = offset + part.Length == content.Length,
                },
                watch.Token);
            watch.Progress();
            parts.Add(new PartETag(parts.Count + 1, response.ETag));
        }

        return parts;
    }

    private Task CompleteAsync(string key, string upload, List<PartETag> parts) => client.CompleteMultipartUploadAsync(
        new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = upload, PartETags = parts }, watch.Token);

    // Parts that were stored cost money until somebody removes them. Also after a cancellation, hence with a time limit of its own.
    private async Task AbortAsync(string key, string upload, Exception failure)
    {
        using var limit = new CancellationTokenSource(options.StallTimeout, clock);
        try
        {
            await client.AbortMultipartUploadAsync(options.Bucket, key, upload, limit.Token);
        }
        catch (Exception e) when (S3Failures.IsExpected(e))
        {
            throw new AggregateException(failure, e);
        }
    }

    private S3StorageClass? StorageClassOf(FileType type) => options.StorageClass switch
    {
        null => null,
        var name when type != FileType.Pack && ArchiveClasses.Contains(name, StringComparer.OrdinalIgnoreCase) => null,
        var name => new S3StorageClass(name),
    };

    // A lock has to be removed by whoever made it.
    private S3ObjectLock? LockOf(FileType type) => type == FileType.Lock ? null : options.ObjectLock;

    private static ObjectLockMode? ModeOf(S3ObjectLock protection) => protection.Mode switch
    {
        S3RetentionMode.Governance => ObjectLockMode.Governance,
        S3RetentionMode.Compliance => ObjectLockMode.Compliance,
        _ => null,
    };

    private DateTime Until(S3ObjectLock protection) => (clock.GetUtcNow() + protection.RetainFor).UtcDateTime;

    // Against accidents on the way, not against forgery: nothing rests on MD5 being hard to forge.
    private static string Digest(ReadOnlyMemory<byte> content)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(content.Span);
        return Convert.ToBase64String(md5.GetHashAndReset());
    }
}
