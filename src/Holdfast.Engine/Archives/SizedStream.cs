using Holdfast.Engine.Progress;

namespace Holdfast.Engine.Archives;

/// <summary>A content on its way into a tar archive: of known length, hashed and counted for the progress.</summary>
internal sealed class SizedStream(BlobContentStream content, OperationProgress progress) : Stream
{
    private readonly HashingStream _hashing = new(content);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => throw new NotSupportedException();
    }

    internal string Sha256() => _hashing.Sha256();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = await _hashing.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        progress.AddBytes(length);
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it asynchronously");

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hashing.Dispose();
        base.Dispose(disposing);
    }
}
