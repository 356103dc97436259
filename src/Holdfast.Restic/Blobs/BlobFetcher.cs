using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Fetches many data blobs with few and large reads: by pack, in the order of their offsets, gaps read over. Memory is bounded by the
/// number of workers, or of connections, times <see cref="MaximumRange"/> plus one blob.
/// </summary>
public sealed class BlobFetcher(Repository repository, BlobReader reader)
{
    /// <summary>Bytes of one read, unless a single blob is larger.</summary>
    private const int MaximumRange = 4 << 20;

    /// <summary>Bytes of unwanted blobs that cost less to read than another request.</summary>
    private readonly int _maximumGap = repository.Backend.CostOfRead;

    /// <summary>
    /// Gives the receiver each wanted blob once, or says that it is lost; from several threads at a time and in no particular order.
    /// One bad blob does not keep the others from being fetched; storage that is unavailable ends it.
    /// </summary>
    public async Task FetchAsync(IEnumerable<Id> wanted, IBlobReceiver receiver, int workers, CancellationToken cancellationToken)
    {
        var options = repository.Requests(workers, cancellationToken);
        await Parallel.ForEachAsync(Ranges(wanted, receiver), options, (range, token) => FetchRangeAsync(range, receiver, token))
            .ConfigureAwait(false);
    }

    /// <summary>Packs in the order in which they are first wanted, so that a file is written roughly from front to back.</summary>
    private IEnumerable<PackRange> Ranges(IEnumerable<Id> wanted, IBlobReceiver receiver)
    {
        var packs = new Dictionary<Id, List<PackedBlob>>();
        var order = new List<Id>();
        var seen = new HashSet<Id>();
        foreach (var id in wanted)
        {
            if (!seen.Add(id)) continue;
            if (reader.Index.Locate(new BlobHandle(BlobType.Data, id)) is not { } location)
            {
                receiver.Lose(id, $"data {id} is in no index");
                continue;
            }

            if (!packs.TryGetValue(location.Pack, out var blobs))
            {
                packs.Add(location.Pack, blobs = []);
                order.Add(location.Pack);
            }

            blobs.Add(location.Blob);
        }

        foreach (var pack in order)
        {
            var blobs = packs[pack];
            blobs.Sort((left, right) => left.Offset.CompareTo(right.Offset));
            foreach (var range in Split(pack, blobs)) yield return range;
            packs.Remove(pack);
        }
    }

    private IEnumerable<PackRange> Split(Id pack, List<PackedBlob> blobs)
    {
        var first = 0;
        for (var i = 1; i <= blobs.Count; i++)
        {
            var fits = i < blobs.Count
                && blobs[i].Offset - (End(blobs[i - 1])) <= _maximumGap
                && End(blobs[i]) - blobs[first].Offset <= MaximumRange;
            if (fits) continue;
            yield return new PackRange(pack, blobs.GetRange(first, i - first));
            first = i;
        }
    }

    private static long End(PackedBlob blob) => (long)blob.Offset + blob.Length;

    private async ValueTask FetchRangeAsync(PackRange range, IBlobReceiver receiver, CancellationToken cancellationToken)
    {
        var start = range.Blobs[0].Offset;
        var length = checked((int)(End(range.Blobs[^1]) - start));
        var buffer = repository.Buffers.Rent(length);
        try
        {
            var readable = await TryReadAsync(range.Pack, start, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            using var lease = repository.Codecs.Rent();
            foreach (var blob in range.Blobs)
            {
                var container = buffer.AsMemory(checked((int)(blob.Offset - start)), (int)blob.Length);
                var plaintext = readable ? lease.Codec.TryDecode(container.Span, blob) : null;
                plaintext ??= await RereadAsync(blob.Handle, receiver, cancellationToken).ConfigureAwait(false);
                if (plaintext is { } content) await receiver.DeliverAsync(blob.Handle.Id, content, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            repository.Buffers.Return(buffer);
        }
    }

    // A bad copy in the range may have a good one elsewhere, or be good when read again. Null: lost, and the receiver knows.
    private async Task<ReadOnlyMemory<byte>?> RereadAsync(BlobHandle handle, IBlobReceiver receiver, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(handle, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            receiver.Lose(handle.Id, error.Message);
            return null;
        }
    }

    private async Task<bool> TryReadAsync(Id pack, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            var handle = new FileHandle(FileType.Pack, pack);
            await repository.Backend.ReadAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound or FailureKind.Failed)
        {
            // A truncated or missing pack or a bad sector: each blob is then looked for by itself, which names the ones that are lost.
            return false;
        }
    }

    private sealed record PackRange(Id Pack, List<PackedBlob> Blobs);
}
