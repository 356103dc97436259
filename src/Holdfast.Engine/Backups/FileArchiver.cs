using System.Buffers;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Buffers;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>What reading a file came to.</summary>
/// <param name="Content">The blobs in order.</param>
/// <param name="Size">Bytes read.</param>
/// <param name="Status">The status that belongs to what was read.</param>
/// <param name="IsTorn">The file changed during every attempt: what was saved may mix two states of it.</param>
internal sealed record ArchivedFile(IReadOnlyList<Id> Content, long Size, FileStatus Status, bool IsTorn);

/// <summary>Cuts a regular file with restic's chunker and saves the chunks. Large files are cut one at a time, their chunks saved in parallel.</summary>
internal sealed class FileArchiver(RabinTables tables, BlobWriter writer, BackupLog log, OperationProgress progress, int workers) : IDisposable
{
    private const int Attempts = 3;
    private const int WindowSize = 2 * RabinChunker.MaximumSize;

    private readonly SemaphoreSlim _largeFile = new(1);
    private readonly SemaphoreSlim _chunks = new(workers);
    private readonly BufferPool _buffers = new();

    /// <exception cref="Restic.Failures.HoldfastException">NotFound: vanished. Failed: unreadable.</exception>
    internal async Task<ArchivedFile> SaveAsync(FilePath path, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var reader = DescriptorReader.Open(path);
            var (content, size) = await SaveContentAsync(reader, cancellationToken).ConfigureAwait(false);
            // Files of /proc say they have no bytes, and give some.
            var isTorn = reader.StatusNow() is var now
                && (now.ModifiedAt != reader.Status.ModifiedAt || now.ChangedAt != reader.Status.ChangedAt || (now.Size != 0 && size != (long)now.Size));
            if (!isTorn || attempt == Attempts) return new ArchivedFile(content, size, reader.Status, isTorn);
        }
    }

    public void Dispose()
    {
        _largeFile.Dispose();
        _chunks.Dispose();
    }

    private async Task<(IReadOnlyList<Id> Content, long Size)> SaveContentAsync(DescriptorReader reader, CancellationToken cancellationToken)
    {
        // What fits the smallest chunk is one chunk. One byte more shows whether the file is larger than its status said.
        if (reader.Status.Size > RabinChunker.MinimumSize) return await SaveLargeAsync(reader, cancellationToken).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(RabinChunker.MinimumSize);
        try
        {
            var length = reader.Read(buffer.AsSpan(0, RabinChunker.MinimumSize));
            if (length == RabinChunker.MinimumSize)
                return await SaveLargeAsync(reader, cancellationToken, buffer.AsMemory(0, length)).ConfigureAwait(false);
            Count(length);
            if (length == 0) return ([], 0);
            var saved = await writer.SaveAsync(BlobType.Data, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            return ([saved.Id], length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<(IReadOnlyList<Id> Content, long Size)> SaveLargeAsync(
        DescriptorReader reader, CancellationToken cancellationToken, ReadOnlyMemory<byte> alreadyRead = default)
    {
        await _largeFile.WaitAsync(cancellationToken).ConfigureAwait(false);
        var window = _buffers.Rent(WindowSize);
        var saves = new List<Task<Id>>();
        try
        {
            alreadyRead.CopyTo(window);
            var (start, end, size) = (0, alreadyRead.Length, 0L);
            var chunker = new RabinChunker(tables);
            while (true)
            {
                if (end - start < RabinChunker.MaximumSize)
                {
                    window.AsSpan(start, end - start).CopyTo(window);
                    (start, end) = (0, end - start);
                    end += reader.Read(window.AsSpan(end, WindowSize - end));
                }

                // After a failed save the rest is read for nothing; the saves say what happened.
                if (start == end || writer.Failure is not null) break;
                var length = chunker.NextCut(window.AsSpan(start, end - start));
                saves.Add(await StartSaveAsync(window.AsMemory(start, length), cancellationToken).ConfigureAwait(false));
                start += length;
                size += length;
            }

            return (await Task.WhenAll(saves).ConfigureAwait(false), size);
        }
        finally
        {
            await ((Task)Task.WhenAll(saves)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _buffers.Return(window);
            _largeFile.Release();
        }
    }

    private async Task<Task<Id>> StartSaveAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        await _chunks.WaitAsync(cancellationToken).ConfigureAwait(false);
        var copy = _buffers.Rent(chunk.Length);
        chunk.CopyTo(copy);
        return Task.Run(() => SaveChunkAsync(copy, chunk.Length, cancellationToken), CancellationToken.None);
    }

    private async Task<Id> SaveChunkAsync(byte[] chunk, int length, CancellationToken cancellationToken)
    {
        try
        {
            var saved = await writer.SaveAsync(BlobType.Data, chunk.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            Count(length);
            return saved.Id;
        }
        finally
        {
            _buffers.Return(chunk);
            _chunks.Release();
        }
    }

    private void Count(int length)
    {
        log.Read(length);
        progress.AddBytes(length);
    }
}
