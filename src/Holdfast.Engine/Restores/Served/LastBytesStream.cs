using Holdfast.Restic.Streams;

namespace Holdfast.Engine.Restores.Served;

/// <summary>Remembers the last bytes that were read through it.</summary>
/// <param name="inner">Closed with it.</param>
/// <param name="count">How many.</param>
internal sealed class LastBytesStream(Stream inner, int count) : OneWayStream
{
    private byte[] _last = [];

    public override bool CanRead => true;

    /// <summary>Fewer than asked for when fewer were read.</summary>
    internal ReadOnlySpan<byte> Last => _last;

    public override int Read(Span<byte> buffer)
    {
        var length = inner.Read(buffer);
        Keep(buffer[..length]);
        return length;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Keep(buffer.Span[..length]);
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _last = bytes.Length >= count ? bytes[^count..].ToArray() : [.. _last.AsSpan(Math.Max(0, _last.Length + bytes.Length - count)), .. bytes];
    }
}
