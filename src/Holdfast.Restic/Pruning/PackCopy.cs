using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Pruning;

/// <summary>
/// Copies what is needed of packs into new ones. Every blob is decrypted and compared with its ID before; the sealed bytes are then taken
/// as they are, because the key is the same: nothing is compressed or encrypted again unless it has to be.
/// </summary>
internal sealed class PackCopy : IAsyncDisposable
{
    private const int MaximumRange = 8 << 20;

    private readonly Repository _repository;
    private readonly BlobReader _reader;
    private readonly PruneOptions _options;
    private readonly OpenPacks _packs;
    private long _blobs;
    private long _bytes;

    /// <param name="repository">From where and where to.</param>
    /// <param name="index">What is where; new packs are added to it.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">For the age of index files.</param>
    internal PackCopy(Repository repository, BlobIndex index, PruneOptions options, TimeProvider clock)
    {
        _repository = repository;
        _reader = new BlobReader(repository, index);
        _options = options;
        _packs = new OpenPacks(new PackUploader(repository, index, clock, Task.CompletedTask));
    }

    /// <summary>Blobs that were copied.</summary>
    internal long Blobs => Interlocked.Read(ref _blobs);

    /// <summary>Bytes of them, as they are stored.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    /// <param name="packs">The packs and what of each is needed, in the order of the offsets.</param>
    /// <param name="cancellationToken">Ends the work; what is copied so far is of use to the next run.</param>
    /// <exception cref="HoldfastException">Damaged: no good copy of a needed blob is left.</exception>
    internal async Task CopyAsync(IEnumerable<(Id Pack, List<PackedBlob> Blobs)> packs, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(packs, parallel, async (pack, token) =>
        {
            foreach (var range in Ranges(pack.Blobs)) await CopyRangeAsync(pack.Pack, range, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>Makes all of it durable, the index last.</summary>
    internal Task FlushAsync(CancellationToken cancellationToken) => _packs.FlushAsync(cancellationToken);

    public ValueTask DisposeAsync() => _packs.DisposeAsync();

    private IEnumerable<List<PackedBlob>> Ranges(List<PackedBlob> blobs)
    {
        var first = 0;
        for (var i = 1; i <= blobs.Count; i++)
        {
            if (i < blobs.Count && blobs[i].Offset - End(blobs[i - 1]) <= _repository.Backend.CostOfRead && End(blobs[i]) - blobs[first].Offset <= MaximumRange) continue;
            yield return blobs.GetRange(first, i - first);
            first = i;
        }
    }

    private static long End(PackedBlob blob) => (long)blob.Offset + blob.Length;

    private async Task CopyRangeAsync(Id pack, List<PackedBlob> blobs, CancellationToken cancellationToken)
    {
        var start = blobs[0].Offset;
        var length = checked((int)(End(blobs[^1]) - start));
        var buffer = _repository.Buffers.Rent(length);
        try
        {
            var isRead = await TryReadAsync(pack, start, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            foreach (var blob in blobs)
            {
                var container = buffer.AsMemory(checked((int)(blob.Offset - start)), (int)blob.Length);
                if (!isRead || !await TryAppendAsync(blob, container, cancellationToken).ConfigureAwait(false))
                    await AppendPlaintextAsync(blob.Handle, await ReadOtherAsync(blob.Handle, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                _options.BytesDone?.Invoke(blob.Length);
            }
        }
        finally
        {
            _repository.Buffers.Return(buffer);
        }
    }

    private async Task<bool> TryReadAsync(Id pack, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            await _repository.Backend.ReadAsync(new FileHandle(FileType.Pack, pack), offset, destination, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound or FailureKind.Failed)
        {
            // Each blob is then looked for by itself, also in other packs; what is lost ends the run with its name.
            return false;
        }
    }

    private async Task<byte[]> ReadOtherAsync(BlobHandle blob, CancellationToken cancellationToken)
    {
        try
        {
            return await _reader.ReadAsync(blob, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"{error.Message}; snapshots need it, so nothing was removed",
                "run `holdfast check --read-data` to see what is hurt, then `holdfast repair packs` or `holdfast repair snapshots`",
                error);
        }
    }

    /// <summary>Takes the sealed bytes as they are, when they are good and need no compression.</summary>
    /// <returns>False: they are bad.</returns>
    private async ValueTask<bool> TryAppendAsync(PackedBlob blob, ReadOnlyMemory<byte> container, CancellationToken cancellationToken)
    {
        var compress = _repository.Compresses && !blob.IsCompressed && (blob.Handle.Type == BlobType.Tree || _options.CompressData);
        if (compress)
        {
            if (Decoded(blob, container.Span) is not { } plaintext) return false;
            await AppendPlaintextAsync(blob.Handle, plaintext, cancellationToken).ConfigureAwait(false);
            return true;
        }

        if (!IsGood(blob, container.Span)) return false;
        await AppendAsync(blob.Handle, container, blob.UncompressedLength, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private bool IsGood(PackedBlob blob, ReadOnlySpan<byte> container)
    {
        using var lease = _repository.Codecs.Rent();
        return lease.Codec.TryDecode(container, blob) is not null;
    }

    private byte[]? Decoded(PackedBlob blob, ReadOnlySpan<byte> container)
    {
        using var lease = _repository.Codecs.Rent();
        return lease.Codec.TryDecode(container, blob)?.ToArray();
    }

    private async ValueTask AppendPlaintextAsync(BlobHandle handle, ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken)
    {
        using var lease = _repository.Codecs.Rent();
        var (container, uncompressedLength) = lease.Codec.EncodeVerified(handle, plaintext.Span, _repository.Compresses);
        await AppendAsync(handle, container, uncompressedLength, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AppendAsync(BlobHandle handle, ReadOnlyMemory<byte> container, uint uncompressedLength, CancellationToken cancellationToken)
    {
        await _packs.AppendAsync(handle, container, uncompressedLength, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _blobs);
        Interlocked.Add(ref _bytes, container.Length);
    }
}
