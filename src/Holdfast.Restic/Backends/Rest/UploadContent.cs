using System.Net;
using System.Net.Http.Headers;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>The body of an upload: its length is said before (servers refuse chunked bodies), and every piece that leaves is progress.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int PieceSize = 64 << 10;

    private readonly ReadOnlyMemory<byte> _content;
    private readonly StallGuard _guard;

    public UploadContent(ReadOnlyMemory<byte> content, StallGuard guard)
    {
        _content = content;
        _guard = guard;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        Headers.ContentLength = content.Length;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, _guard.Token);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var offset = 0; offset < _content.Length; offset += PieceSize)
        {
            await stream.WriteAsync(_content.Slice(offset, Math.Min(PieceSize, _content.Length - offset)), cancellationToken).ConfigureAwait(false);
            _guard.Progress();
        }
    }
}
