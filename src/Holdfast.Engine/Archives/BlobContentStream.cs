using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Archives;

/// <summary>
/// The content of a file in a snapshot as a stream, each blob verified by its ID before a byte of it is given out. A few blobs are fetched
/// ahead, so that memory is bounded and decompression uses more than one core. Read asynchronously only.
/// </summary>
internal sealed class BlobContentStream(BlobReader reader, IReadOnlyList<Id> content, long length) : Stream
{
    private const int FetchedAhead = 4;

    private readonly Queue<Task<byte[]>> _ahead = new();
    private int _next;
    private byte[] _blob = [];
    private int _at;
    private long _position;

    public override bool CanRead => true;

    /// <summary>True, because writers of tar take the length of such streams only; it goes forward all the same.</summary>
    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Bytes of a file's content as the index knows them: what the tree says of its size may be wrong.</summary>
    internal static long LengthOf(BlobReader reader, IReadOnlyList<Id> content) =>
        content.Sum(id => (long)(reader.Index.Locate(new BlobHandle(BlobType.Data, id))?.Blob.PlainLength ?? 0));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_at == _blob.Length)
        {
            while (_ahead.Count < FetchedAhead && _next < content.Count) _ahead.Enqueue(FetchAsync(content[_next++], cancellationToken));
            if (!_ahead.TryDequeue(out var fetched)) return 0;
            (_blob, _at) = (await fetched.ConfigureAwait(false), 0);
        }

        var count = Math.Min(buffer.Length, _blob.Length - _at);
        _blob.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        _position += count;
        return count;
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

    private Task<byte[]> FetchAsync(Id id, CancellationToken cancellationToken) =>
        Task.Run(() => reader.ReadAsync(new BlobHandle(BlobType.Data, id), cancellationToken), cancellationToken);
}
