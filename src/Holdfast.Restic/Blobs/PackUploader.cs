using System.Collections.Concurrent;
using System.Threading.Channels;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Takes full packs to the backend, one at a time beside the workers, and enters each into the index when it is durable. At most one pack
/// waits while one is sent, which bounds the memory.
/// </summary>
internal sealed class PackUploader : IAsyncDisposable
{
    private readonly Repository _repository;
    private readonly BlobIndex _index;
    private readonly IndexWriter _indexFiles;
    private readonly Channel<PackBuilder> _queue = Channel.CreateBounded<PackBuilder>(1);
    private readonly ConcurrentBag<PackBuilder> _idle = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    internal PackUploader(Repository repository, BlobIndex index, TimeProvider clock, Task mayWrite, Func<CancellationToken, Task>? beforeIndex = null)
    {
        _repository = repository;
        _index = index;
        _indexFiles = new IndexWriter(repository, clock, beforeIndex);
        _run = Task.Run(() => RunAsync(mayWrite));
    }

    /// <summary>An empty pack, with the memory of one that was sent.</summary>
    internal PackBuilder NewPack() => _idle.TryTake(out var pack) ? pack : new PackBuilder();

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
        await _indexFiles.FlushAsync(cancellationToken).ConfigureAwait(false);
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
        await _indexFiles.AddAsync(indexed, content.Length, cancellationToken).ConfigureAwait(false);
    }
}
