using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Puts blobs that are sealed already, and were verified, into new packs as they are: the key is the same. Not thread-safe.
/// </summary>
internal sealed class SealedBlobWriter(Repository repository, BlobIndex index, TimeProvider clock) : IAsyncDisposable
{
    private readonly PackUploader _uploader = new(repository, index, clock, Task.CompletedTask);
    private readonly PackBuilder?[] _open = new PackBuilder?[2];

    /// <summary>All that was stored; complete after <see cref="FlushAsync"/>.</summary>
    internal WrittenFiles Written => _uploader.Written;

    internal async ValueTask AppendAsync(PackedBlob blob, ReadOnlyMemory<byte> container, CancellationToken cancellationToken)
    {
        var type = (int)blob.Handle.Type;
        var pack = _open[type] ??= _uploader.NewPack();
        pack.Append(blob.Handle, container.Span, blob.UncompressedLength);
        if (!pack.IsFull) return;
        _open[type] = null;
        await _uploader.EnqueueAsync(pack, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes all of it durable, the index last.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var pack in _open.OfType<PackBuilder>()) await _uploader.EnqueueAsync(pack, cancellationToken).ConfigureAwait(false);
        Array.Clear(_open);
        await _uploader.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _uploader.DisposeAsync();
}
