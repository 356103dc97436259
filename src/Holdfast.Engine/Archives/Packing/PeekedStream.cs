using Holdfast.Restic.Streams;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>A stream whose beginning was looked at and is given out again. Also remembers whether its end was reached.</summary>
internal sealed class PeekedStream : OneWayStream
{
    private readonly Stream _inner;
    private ReadOnlyMemory<byte> _head;

    private PeekedStream(Stream inner, ReadOnlyMemory<byte> head, bool ended)
    {
        (_inner, _head, Ended) = (inner, head, ended);
        Head = head;
    }

    /// <summary>The first bytes; fewer than asked for when there are no more.</summary>
    internal ReadOnlyMemory<byte> Head { get; }

    /// <summary>The stream behind has said that there is no more.</summary>
    internal bool Ended { get; private set; }

    public override bool CanRead => true;

    internal static async Task<PeekedStream> OpenAsync(Stream inner, int bytes, CancellationToken cancellationToken)
    {
        var head = new byte[bytes];
        var length = await inner.ReadAtLeastAsync(head, bytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return new PeekedStream(inner, head.AsMemory(0, length), length < bytes);
    }

    public override int Read(Span<byte> buffer) => _head.IsEmpty ? Came(buffer.Length, _inner.Read(buffer)) : TakeHead(buffer);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _head.IsEmpty
        ? Came(buffer.Length, await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false))
        : TakeHead(buffer.Span);

    private int TakeHead(Span<byte> buffer)
    {
        var length = Math.Min(buffer.Length, _head.Length);
        _head.Span[..length].CopyTo(buffer);
        _head = _head[length..];
        return length;
    }

    private int Came(int asked, int length)
    {
        Ended |= asked > 0 && length == 0;
        return length;
    }
}
