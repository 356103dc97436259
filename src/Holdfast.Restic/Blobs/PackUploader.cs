using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Takes full packs to the backend beside the workers, as many at a time as it has connections, and enters each into the index when it is
/// durable. Who needs another waits, which bounds the memory: there is one pack of data for each connection, and at least two, so that one is filled while
/// another is sent; and two of trees. What was stored before a failure is still listed, so that the next run finds it.
/// </summary>
internal sealed class PackUploader : IAsyncDisposable
{
    private const int LeastPacks = 2;

    // Trees mostly end long before they fill a pack.
    private const int TreeCapacity = 1 << 20;

    // After a failure somebody waits for an answer; an index file takes a second.
    private static readonly TimeSpan ListingTimeout = TimeSpan.FromSeconds(10);

    private readonly Repository _repository;
    private readonly BlobIndex _index;
    private readonly TimeProvider _clock;
    private readonly Task _mayWrite;
    private readonly bool _listsAfterFailure;
    private readonly IndexWriter _indexFiles;
    // By type.
    private readonly int[] _packs;
    private readonly SemaphoreSlim[] _room;
    private readonly SemaphoreSlim _lines;
    private readonly SemaphoreSlim _listing = new(1);
    private readonly ConcurrentBag<PackBuilder>[] _idle = [[], []];
    private readonly CancellationTokenSource _stop = new();
    private ExceptionDispatchInfo? _failure;
    private bool _isComplete;

    internal PackUploader(Repository repository, BlobIndex index, TimeProvider clock, Task mayWrite, Func<CancellationToken, Task>? beforeIndex = null)
    {
        _repository = repository;
        _index = index;
        _clock = clock;
        _mayWrite = mayWrite;
        // Without somebody who knows whether the lock is still held, nothing is written that was not asked for.
        _listsAfterFailure = beforeIndex is not null;
        _indexFiles = new IndexWriter(repository, clock, beforeIndex);
        _packs = [Math.Max(LeastPacks, repository.Backend.Connections), LeastPacks];
        _room = [.. _packs.Select(packs => new SemaphoreSlim(packs))];
        _lines = new SemaphoreSlim(Math.Max(1, repository.Backend.Connections));
    }

    /// <summary>All that was stored.</summary>
    internal WrittenFiles Written => _indexFiles.Written;

    /// <summary>An empty pack, with the memory of one that was sent. It must come back, full or not.</summary>
    /// <exception cref="HoldfastException">A pack before it could not be stored.</exception>
    internal async ValueTask<PackBuilder> NewPackAsync(BlobType type, CancellationToken cancellationToken)
    {
        await _room[(int)type].WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Volatile.Read(ref _failure) is { } failure)
        {
            _room[(int)type].Release();
            failure.Throw();
        }

        if (_idle[(int)type].TryTake(out var pack)) return pack;
        return type == BlobType.Data ? new PackBuilder() : new PackBuilder(TreeCapacity);
    }

    /// <summary>Sends a pack; a failure is met by who needs another pack, or waits for all of them.</summary>
    internal void Enqueue(BlobType type, PackBuilder pack) => _ = Task.Run(() => RunAsync(type, pack, _stop.Token), CancellationToken.None);

    /// <summary>Lets go of a pack that is not to be sent.</summary>
    internal void Abandon(BlobType type, PackBuilder pack)
    {
        pack.Clear();
        _room[(int)type].Release();
    }

    /// <summary>Waits until all packs are durable, then saves the rest of the index.</summary>
    internal async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await CloseAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Read(ref _failure)?.Throw();
        await _indexFiles.FlushAsync(cancellationToken).ConfigureAwait(false);
        _isComplete = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await CloseAsync(CancellationToken.None).ConfigureAwait(false);
        if (!_isComplete && _listsAfterFailure) await ListStoredAsync().ConfigureAwait(false);
        _stop.Dispose();
        foreach (var room in _room) room.Dispose();
        _lines.Dispose();
        _listing.Dispose();
    }

    /// <summary>Waits until no pack is on its way; none can be brought after that.</summary>
    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        // What was waited for is not given back, so that closing twice goes on where it was cut off.
        for (var type = 0; type < _packs.Length; type++)
            for (; _packs[type] > 0; _packs[type]--) await _room[type].WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(BlobType type, PackBuilder pack, CancellationToken stop)
    {
        try
        {
            await _mayWrite.ConfigureAwait(false);
            if (Volatile.Read(ref _failure) is null) await SendAsync(pack, stop).ConfigureAwait(false);
            pack.Clear();
            _idle[(int)type].Add(pack);
        }
        catch (Exception error)
        {
            // Whoever needs another pack, or waits for all of them, meets it.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
        }
        finally
        {
            _room[(int)type].Release();
        }
    }

    private async Task SendAsync(PackBuilder pack, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> content;
        using (var lease = _repository.Codecs.Rent()) content = pack.Finish(lease.Codec);
        var id = Id.Of(content.Span);
        await InTurnAsync(
            _lines, () => _repository.Backend.WriteAsync(new FileHandle(FileType.Pack, id), content, cancellationToken), cancellationToken).ConfigureAwait(false);
        var indexed = new IndexedPack(id, [.. pack.Blobs]);
        _index.Add(indexed);
        await InTurnAsync(_listing, () => _indexFiles.AddAsync(indexed, content.Length, cancellationToken), CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task InTurnAsync(SemaphoreSlim turn, Func<Task> action, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await action().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ListStoredAsync()
    {
        using var limit = new CancellationTokenSource(ListingTimeout, _clock);
        try
        {
            await _indexFiles.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HoldfastException or OperationCanceledException)
        {
            // The failure before it is the one to tell. Nothing is lost: the next run looks for packs that no index lists.
            return;
        }
    }
}
