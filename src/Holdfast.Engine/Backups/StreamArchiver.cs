using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Buffers;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>What reading a stream came to.</summary>
/// <param name="Content">The blobs in order.</param>
/// <param name="Size">Bytes read.</param>
internal sealed record ArchivedStream(IReadOnlyList<Id> Content, long Size);

/// <summary>
/// Cuts a stream that is read once, such as the output of a program, and saves the chunks: one reader, several workers. Whatever fails, nothing
/// is left running.
/// </summary>
internal sealed class StreamArchiver(RabinTables tables, BlobWriter writer, BackupLog log, OperationProgress progress, int workers)
{
    /// <summary>Bytes that are read at a time at least, so that chunks wait for a whole window now and then and not each.</summary>
    private const int ReadAhead = 1 << 20;

    private readonly BufferPool _buffers = new();

    /// <param name="source">Read to its end.</param>
    /// <param name="average">Of the chunks in bytes: <see cref="StreamChunking.Average"/>.</param>
    /// <param name="cancellationToken">Ends it between chunks.</param>
    internal async Task<ArchivedStream> SaveAsync(Stream source, int average, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(workers * 2);
        var chunker = StreamChunking.Chunker(tables, average);
        var longest = StreamChunking.Longest(average);
        var window = _buffers.Rent(longest + ReadAhead);
        var content = new List<Id>();
        var pending = new Queue<Task<Id>>();
        long size = 0;
        try
        {
            var (start, end, isEnded) = (0, 0, false);
            while (true)
            {
                if (!isEnded && end - start < longest)
                {
                    window.AsSpan(start, end - start).CopyTo(window);
                    (start, end) = (0, end - start);
                    var read = await source.ReadAtLeastAsync(window.AsMemory(end), Math.Min(ReadAhead, window.Length - end), throwOnEndOfStream: false, cancellationToken)
                        .ConfigureAwait(false);
                    end += read;
                    isEnded = read < Math.Min(ReadAhead, window.Length - end + read);
                }

                if (start == end || writer.Failure is not null) break;
                var length = chunker.NextCut(window.AsSpan(start, end - start));
                await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                pending.Enqueue(StartSave(window.AsSpan(start, length), slots, cancellationToken));
                (start, size) = (start + length, size + length);
                while (pending.TryPeek(out var first) && first.IsCompleted) content.Add(await pending.Dequeue().ConfigureAwait(false));
            }

            while (pending.TryDequeue(out var next)) content.Add(await next.ConfigureAwait(false));
            return new ArchivedStream(content, size);
        }
        finally
        {
            await ((Task)Task.WhenAll(pending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _buffers.Return(window);
        }
    }

    private Task<Id> StartSave(ReadOnlySpan<byte> chunk, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        var copy = _buffers.Rent(chunk.Length);
        chunk.CopyTo(copy);
        var length = chunk.Length;
        return Task.Run(
            async () =>
            {
                try
                {
                    var saved = await writer.SaveAsync(BlobType.Data, copy.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                    log.Read(length);
                    progress.AddBytes(length);
                    return saved.Id;
                }
                finally
                {
                    _buffers.Return(copy);
                    slots.Release();
                }
            },
            CancellationToken.None);
    }
}
