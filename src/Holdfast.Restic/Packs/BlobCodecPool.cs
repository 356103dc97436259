using System.Collections.Concurrent;
using Holdfast.Restic.Crypto;

namespace Holdfast.Restic.Packs;

/// <summary>Lends codecs to workers, so that native contexts are set up once for each concurrent worker.</summary>
internal sealed class BlobCodecPool(MasterKey key) : IDisposable
{
    private readonly ConcurrentBag<BlobCodec> _idle = [];
    private volatile bool _disposed;

    internal Lease Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Lease(this, _idle.TryTake(out var codec) ? codec : new BlobCodec(key));
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var codec)) codec.Dispose();
    }

    private void Return(BlobCodec codec)
    {
        if (_disposed) codec.Dispose();
        else _idle.Add(codec);
    }

    /// <summary>A codec on loan; disposing gives it back.</summary>
    internal readonly struct Lease(BlobCodecPool pool, BlobCodec codec) : IDisposable
    {
        internal BlobCodec Codec => codec;

        public void Dispose() => pool.Return(codec);
    }
}
