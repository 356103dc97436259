using System.Buffers;
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
    private readonly PackUploader _uploader;
    private readonly Lock _gate = new();
    private readonly PackBuilder?[] _open = new PackBuilder?[2];

    /// <param name="repository">From where and where to.</param>
    /// <param name="index">What is where; new packs are added to it.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">For the age of index files.</param>
    internal PackCopy(Repository repository, BlobIndex index, PruneOptions options, TimeProvider clock)
    {
        _repository = repository;
        _reader = new BlobReader(repository, index);
        _options = options;
        _uploader = new PackUploader(repository, index, clock, Task.CompletedTask);
    }

    /// <summary>Blobs that were copied.</summary>
    internal long Blobs { get; private set; }

    /// <summary>Bytes of them, as they are stored.</summary>
    internal long Bytes { get; private set; }

    /// <summary>All that was stored; complete after <see cref="FlushAsync"/>.</summary>
    internal WrittenFiles Written => _uploader.Written;

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
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var type in (BlobType[])[BlobType.Data, BlobType.Tree])
        {
            PackBuilder? last;
            lock (_gate) (last, _open[(int)type]) = (_open[(int)type], null);
            if (last is not null) await _uploader.EnqueueAsync(last, cancellationToken).ConfigureAwait(false);
        }

        await _uploader.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _uploader.DisposeAsync();

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
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var isRead = await TryReadAsync(pack, start, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            foreach (var blob in blobs)
            {
                var container = buffer.AsMemory(checked((int)(blob.Offset - start)), (int)blob.Length);
                var full = isRead ? TryAppend(blob, container.Span) : new Appended(IsGood: false, null);
                if (!full.IsGood) full = AppendPlaintext(blob.Handle, await ReadOtherAsync(blob.Handle, cancellationToken).ConfigureAwait(false));
                if (full.Pack is not null) await _uploader.EnqueueAsync(full.Pack, cancellationToken).ConfigureAwait(false);
                _options.BytesDone?.Invoke(blob.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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
    private Appended TryAppend(PackedBlob blob, ReadOnlySpan<byte> container)
    {
        using var lease = _repository.Codecs.Rent();
        if (lease.Codec.TryDecode(container, blob) is not { } plaintext) return new Appended(IsGood: false, null);
        var compress = _repository.Compresses && !blob.IsCompressed && (blob.Handle.Type == BlobType.Tree || _options.CompressData);
        return compress ? AppendPlaintext(blob.Handle, plaintext.ToArray()) : Append(blob.Handle, container, blob.UncompressedLength);
    }

    private Appended AppendPlaintext(BlobHandle handle, byte[] plaintext)
    {
        using var lease = _repository.Codecs.Rent();
        var (container, uncompressedLength) = lease.Codec.EncodeVerified(handle, plaintext, _repository.Compresses);
        return Append(handle, container.Span, uncompressedLength);
    }

    private Appended Append(BlobHandle handle, ReadOnlySpan<byte> container, uint uncompressedLength)
    {
        lock (_gate)
        {
            var pack = _open[(int)handle.Type] ??= _uploader.NewPack();
            pack.Append(handle, container, uncompressedLength);
            Blobs++;
            Bytes += container.Length;
            if (!pack.IsFull) return new Appended(IsGood: true, null);
            _open[(int)handle.Type] = null;
            return new Appended(IsGood: true, pack);
        }
    }

    /// <param name="IsGood">The bytes were what they should be.</param>
    /// <param name="Pack">A pack that is full now; null for none.</param>
    private readonly record struct Appended(bool IsGood, PackBuilder? Pack);
}
