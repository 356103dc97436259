using System.Collections.Concurrent;
using System.Threading.Channels;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Takes full packs to the backend, one at a time beside the workers, enters each into the index when it is durable, and saves index files as they fill.
/// At most one pack waits while one is sent, which bounds the memory.
/// </summary>
internal sealed class PackUploader : IAsyncDisposable
{
    // A full pack and a middling blob more: untouched memory costs nothing, growing would copy and leave large garbage.
    private const int FirstCapacity = (16 << 20) + (5 << 18);
    private static readonly TimeSpan IndexInterval = TimeSpan.FromMinutes(10);

    private readonly Repository _repository;
    private readonly BlobIndex _index;
    private readonly TimeProvider _clock;
    private readonly Channel<PackBuilder> _queue = Channel.CreateBounded<PackBuilder>(1);
    private readonly ConcurrentBag<PackBuilder> _idle = [];
    private readonly List<IndexedPack> _unsaved = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private int _unsavedBlobs;
    private long _lastIndexSaved;

    internal PackUploader(Repository repository, BlobIndex index, TimeProvider clock, Task mayWrite)
    {
        _repository = repository;
        _index = index;
        _clock = clock;
        _lastIndexSaved = clock.GetTimestamp();
        _run = Task.Run(() => RunAsync(mayWrite));
    }

    /// <summary>An empty pack, with the memory of one that was sent.</summary>
    internal PackBuilder NewPack() => _idle.TryTake(out var pack) ? pack : new PackBuilder(FirstCapacity);

    internal async ValueTask EnqueueAsync(PackBuilder pack, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(pack, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The run ended early: its own exception says why.
            await _run.ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until all packs are durable, then saves the rest of the index.</summary>
    internal async Task CompleteAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await _run.WaitAsync(cancellationToken).ConfigureAwait(false);
        await SaveIndexAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(Task mayWrite)
    {
        try
        {
            await mayWrite.ConfigureAwait(false);
            await foreach (var pack in _queue.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                await SendAsync(pack, _stop.Token).ConfigureAwait(false);
                pack.Clear();
                _idle.Add(pack);
            }
        }
        catch (Exception error)
        {
            _queue.Writer.TryComplete(error);
            throw;
        }
    }

    private async Task SendAsync(PackBuilder pack, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> content;
        using (var lease = _repository.Codecs.Rent()) content = pack.Finish(lease.Codec);
        var id = Id.Of(content.Span);
        await _repository.Backend.WriteAsync(new FileHandle(FileType.Pack, id), content, cancellationToken).ConfigureAwait(false);
        var indexed = new IndexedPack(id, [.. pack.Blobs]);
        _index.Add(indexed);
        _unsaved.Add(indexed);
        _unsavedBlobs += indexed.Blobs.Count;
        if (_unsavedBlobs >= IndexDocument.FullAtBlobs || _clock.GetElapsedTime(_lastIndexSaved) >= IndexInterval)
            await SaveIndexAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task SaveIndexAsync(CancellationToken cancellationToken)
    {
        if (_unsaved.Count == 0) return;
        await _repository.SaveDocumentAsync(FileType.Index, IndexDocument.Serialize(_unsaved), cancellationToken).ConfigureAwait(false);
        _unsaved.Clear();
        _unsavedBlobs = 0;
        _lastIndexSaved = _clock.GetTimestamp();
    }
}
