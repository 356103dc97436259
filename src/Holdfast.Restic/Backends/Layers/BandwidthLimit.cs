namespace Holdfast.Restic.Backends.Layers;

/// <summary>
/// Keeps to so many bytes a second in each direction, over all requests together. A request goes out whole when its turn has come, so that the
/// limit holds on average over a pack and not within one.
/// </summary>
/// <param name="inner">The storage.</param>
/// <param name="upload">Bytes a second that are written; null for no limit.</param>
/// <param name="download">Bytes a second that are read; null for no limit.</param>
/// <param name="clock">For the pauses.</param>
public sealed class BandwidthLimit(IBackend inner, long? upload, long? download, TimeProvider clock) : LayeredBackend(inner)
{
    private readonly Lane _up = new(upload, clock);
    private readonly Lane _down = new(download, clock);

    public override async Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await _down.WaitAsync(destination.Length, cancellationToken).ConfigureAwait(false);
        await Inner.ReadAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
    }

    public override async Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await _down.WaitAsync(destination.Length, cancellationToken).ConfigureAwait(false);
        await Inner.ReadTreesAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How much it is, is known only afterwards: the next request waits for it.</summary>
    public override async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        await _down.WaitAsync(0, cancellationToken).ConfigureAwait(false);
        var content = await Inner.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        _down.Reserve(content.Length);
        return content;
    }

    public override async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await _up.WaitAsync(content.Length, cancellationToken).ConfigureAwait(false);
        await Inner.WriteAsync(handle, content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One direction: when the next byte may go.</summary>
    private sealed class Lane(long? bytesPerSecond, TimeProvider clock)
    {
        private readonly Lock _gate = new();
        private readonly long _began = clock.GetTimestamp();
        private TimeSpan _next;

        /// <summary>Waits for its turn and takes up the time of so many bytes.</summary>
        internal async ValueTask WaitAsync(int bytes, CancellationToken cancellationToken)
        {
            var pause = Reserve(bytes);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
        }

        /// <returns>How long until the first of these bytes may go.</returns>
        internal TimeSpan Reserve(int bytes)
        {
            if (bytesPerSecond is not { } rate) return TimeSpan.Zero;
            lock (_gate)
            {
                var now = clock.GetElapsedTime(_began);
                var start = _next > now ? _next : now;
                _next = start + TimeSpan.FromSeconds(bytes / (double)rate);
                return start - now;
            }
        }
    }
}
