using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Puts sealed blobs into packs, one for data and one for trees, and gives full ones to the uploader. Thread-safe: who finds no room waits until a
/// pack was sent.
/// </summary>
internal sealed class OpenPacks(PackUploader uploader) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly PackBuilder?[] _open = new PackBuilder?[2];

    /// <summary>All that was stored; complete after <see cref="FlushAsync"/>.</summary>
    internal WrittenFiles Written => uploader.Written;

    /// <summary>The container may be reused when this has returned.</summary>
    /// <exception cref="HoldfastException">An upload failed; nothing more can be brought.</exception>
    internal async ValueTask AppendAsync(BlobHandle handle, ReadOnlyMemory<byte> container, uint uncompressedLength, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var pack = _open[(int)handle.Type] ??= await uploader.NewPackAsync(handle.Type, cancellationToken).ConfigureAwait(false);
            pack.Append(handle, container.Span, uncompressedLength);
            if (pack.IsFull) Send(handle.Type);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Finishes what is open and makes everything durable, the index last. Nothing can be brought after that.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        Send(BlobType.Data);
        Send(BlobType.Tree);
        await uploader.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var type in (BlobType[])[BlobType.Data, BlobType.Tree])
        {
            if (_open[(int)type] is { } pack) uploader.Abandon(type, pack);
            _open[(int)type] = null;
        }

        await uploader.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private void Send(BlobType type)
    {
        if (_open[(int)type] is not { } pack) return;
        _open[(int)type] = null;
        uploader.Enqueue(type, pack);
    }
}
