using System.Runtime.CompilerServices;

namespace Holdfast.Restic.Backends.Layers;

/// <summary>Counts what is asked of a storage. Put right above it, so that what a cache answers is not counted and what is tried again is.</summary>
public sealed class TrafficCount(IBackend inner) : LayeredBackend(inner)
{
    private long _lists;
    private long _stats;
    private long _reads;
    private long _writes;
    private long _deletes;
    private long _bytesRead;
    private long _bytesWritten;

    /// <summary>What was asked so far.</summary>
    public BackendTraffic Traffic => new(
        Interlocked.Read(ref _lists),
        Interlocked.Read(ref _stats),
        Interlocked.Read(ref _reads),
        Interlocked.Read(ref _writes),
        Interlocked.Read(ref _deletes),
        Interlocked.Read(ref _bytesRead),
        Interlocked.Read(ref _bytesWritten));

    public override async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        await foreach (var file in Inner.ListAsync(type, cancellationToken).ConfigureAwait(false)) yield return file;
    }

    public override Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _stats);
        return Inner.StatAsync(handle, cancellationToken);
    }

    public override Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CountRead(destination.Length);
        return Inner.ReadAsync(handle, offset, destination, cancellationToken);
    }

    public override Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CountRead(destination.Length);
        return Inner.ReadTreesAsync(handle, offset, destination, cancellationToken);
    }

    public override async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        CountRead(0);
        var content = await Inner.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _bytesRead, content.Length);
        return content;
    }

    public override Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        Interlocked.Add(ref _bytesWritten, content.Length);
        return Inner.WriteAsync(handle, content, cancellationToken);
    }

    public override Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _deletes);
        return Inner.DeleteAsync(handle, cancellationToken);
    }

    public override Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        return Inner.SurveyAsync(cancellationToken);
    }

    private void CountRead(int bytes)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _bytesRead, bytes);
    }
}
