using System.Security.Cryptography;
using Holdfast.Restic.Streams;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>Passes bytes on, in one direction, and counts and hashes them. The stream behind stays open.</summary>
internal sealed class HashingStream(Stream inner) : OneWayStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes of <see cref="Tail"/>.</summary>
    internal const int TailSize = 8;

    private readonly byte[] _tail = new byte[TailSize];
    private int _tailLength;

    /// <summary>Bytes that passed.</summary>
    internal long Count { get; private set; }

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    /// <summary>The last bytes that passed.</summary>
    internal ReadOnlySpan<byte> Tail() => _tail.AsSpan(TailSize - _tailLength);

    /// <summary>The SHA-256 of what passed, in lower-case hexadecimal.</summary>
    internal string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override int Read(Span<byte> buffer) => Passed(buffer, inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Passed(buffer.Span, length);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Passed(buffer, buffer.Length);
        inner.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Passed(buffer.Span, buffer.Length);
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var last = bytes[^Math.Min(bytes.Length, TailSize)..];
        _tail.AsSpan(last.Length).CopyTo(_tail);
        last.CopyTo(_tail.AsSpan(TailSize - last.Length));
        _tailLength = Math.Min(TailSize, _tailLength + last.Length);
    }

    private int Passed(ReadOnlySpan<byte> buffer, int length)
    {
        _hash.AppendData(buffer[..length]);
        Keep(buffer[..length]);
        Count += length;
        return length;
    }
}
