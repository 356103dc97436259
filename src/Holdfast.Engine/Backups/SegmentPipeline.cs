using System.Buffers;
using System.Threading.Channels;

namespace Holdfast.Engine.Backups;

/// <summary>Fills a buffer with what is at an offset, and returns how much there was; less than asked for only at the end.</summary>
internal delegate int SegmentReader(long offset, Span<byte> destination);

/// <summary>One reader, several workers, a bounded number of segments between them: the memory does not grow with what is read.</summary>
internal static class SegmentPipeline
{
    /// <param name="length">Bytes to read.</param>
    /// <param name="segmentSize">Bytes of one segment; the last one may be shorter.</param>
    /// <param name="workers">How many segments are worked on at a time.</param>
    /// <param name="read">Called with ascending offsets, from one thread at a time.</param>
    /// <param name="work">Called once for each segment, from several threads; the memory is its own until it has returned.</param>
    /// <param name="cancellationToken">Stops between segments. The first failure of any part does so too, and is what is thrown.</param>
    internal static async Task RunAsync(
        long length, int segmentSize, int workers, SegmentReader read, Func<long, ReadOnlyMemory<byte>, Task> work, CancellationToken cancellationToken)
    {
        var segments = Channel.CreateBounded<Segment>(workers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Enumerable.Range(0, workers)
            .Select(_ => Task.Run(() => WorkAsync(segments.Reader, work, stop.Token), CancellationToken.None))
            .Append(Task.Run(() => ReadAsync(length, segmentSize, read, segments.Writer, stop.Token), CancellationToken.None))
            .ToList();
        while (running.Count > 0)
        {
            var done = await Task.WhenAny(running).ConfigureAwait(false);
            running.Remove(done);
            if (done.IsCompletedSuccessfully) continue;
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await done.ConfigureAwait(false);
        }
    }

    private static async Task ReadAsync(long length, int segmentSize, SegmentReader read, ChannelWriter<Segment> segments, CancellationToken cancellationToken)
    {
        for (long offset = 0; offset < length; offset += segmentSize)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(segmentSize);
            var count = read(offset, buffer.AsSpan(0, (int)Math.Min(segmentSize, length - offset)));
            await segments.WriteAsync(new Segment(offset, buffer, count), cancellationToken).ConfigureAwait(false);
        }

        segments.Complete();
    }

    private static async Task WorkAsync(ChannelReader<Segment> segments, Func<long, ReadOnlyMemory<byte>, Task> work, CancellationToken stop)
    {
        await foreach (var segment in segments.ReadAllAsync(stop).ConfigureAwait(false))
        {
            await work(segment.Offset, segment.Buffer.AsMemory(0, segment.Length)).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(segment.Buffer);
        }
    }

    private readonly record struct Segment(long Offset, byte[] Buffer, int Length);
}
