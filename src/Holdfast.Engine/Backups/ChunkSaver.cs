using System.Buffers;
using System.Runtime.ExceptionServices;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>Saves chunks of many files side by side. Whoever adds them waits when too many are under way, and lets it end before it goes away.</summary>
internal sealed class ChunkSaver(BlobWriter writer, BackupLog log, OperationProgress progress, int workers) : IAsyncDisposable
{
    private readonly int _places = workers * 2;
    private readonly SemaphoreSlim _free = new(workers * 2);
    private Exception? _failure;

    /// <param name="buffer">Rented; it is given back when the chunk is saved.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="saved">Told the chunk's ID, in another thread.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal async Task AddAsync(byte[] buffer, int length, Action<Id> saved, CancellationToken cancellationToken)
    {
        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }

        _ = Task.Run(() => SaveAsync(buffer, length, saved, cancellationToken), CancellationToken.None);
        Throw();
    }

    /// <summary>Waits for all that was added.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">One of them could not be saved.</exception>
    internal async Task FinishAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _free.Release(_places);
        Throw();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _free.Dispose();
    }

    private void Throw()
    {
        if (Volatile.Read(ref _failure) is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    private async Task EndAsync()
    {
        for (var i = 0; i < _places; i++) await _free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async Task SaveAsync(byte[] buffer, int length, Action<Id> saved, CancellationToken cancellationToken)
    {
        try
        {
            saved((await writer.SaveAsync(BlobType.Data, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false)).Id);
            log.Read(length);
            progress.AddBytes(length);
        }
        catch (Exception failure)
        {
            // Whoever adds or finishes throws it.
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _free.Release();
        }
    }
}
