using System.Buffers;
using System.Collections.Concurrent;
using Holdfast.Restic.Crypto;

namespace Holdfast.Restic.Packs;

/// <summary>Lends codecs to workers, so that native contexts are set up once for each concurrent worker.</summary>
internal sealed class BlobCodecPool(MasterKey key, ArrayPool<byte> buffers) : IDisposable
{
    private readonly ConcurrentBag<BlobCodec> _idle = [];
    private volatile bool _disposed;

    internal Lease Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Lease(this, _idle.TryTake(out var codec) ? codec : new BlobCodec(key, buffers));
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var codec)) codec.Dispose();
    }

    private void Return(BlobCodec codec)
    {
        codec.ReleaseBuffers();
        if (_disposed) codec.Dispose();
        else _idle.Add(codec);
    }

    /// <summary>A codec on loan; disposing gives it back, and ends the life of what it has returned.</summary>
    internal readonly struct Lease(BlobCodecPool pool, BlobCodec codec) : IDisposable
    {
        internal BlobCodec Codec => codec;

        public void Dispose() => pool.Return(codec);
    }
}
