using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>A damaged pack, read with one request where that is possible; what is not good in it is asked for once more by itself.</summary>
internal sealed class PackBytes
{
    private readonly Repository _repository;
    private readonly byte[]? _content;

    private PackBytes(Repository repository, Id pack, byte[]? content) => (_repository, Pack, _content) = (repository, pack, content);

    internal Id Pack { get; }

    /// <summary>Every byte could be read, and together they are what the name says.</summary>
    internal bool IsAsNamed => _content is not null && Id.Of(_content) == Pack;

    /// <exception cref="HoldfastException">Unavailable, Refused: as the backend says.</exception>
    internal static async Task<PackBytes> ReadAsync(Repository repository, Id pack, CancellationToken cancellationToken)
    {
        try
        {
            return new PackBytes(repository, pack, await repository.Backend.ReadAllAsync(new FileHandle(FileType.Pack, pack), cancellationToken).ConfigureAwait(false));
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.Failed)
        {
            // A bad sector somewhere: blob by blob most of it may still be had.
            return new PackBytes(repository, pack, null);
        }
    }

    /// <summary>The sealed bytes of a blob when they open and have its hash; null when they are bad.</summary>
    internal async Task<ReadOnlyMemory<byte>?> TryReadAsync(PackedBlob blob, CancellationToken cancellationToken)
    {
        if (_content is not null && (long)blob.Offset + blob.Length <= _content.Length)
        {
            var container = _content.AsMemory((int)blob.Offset, (int)blob.Length);
            using var lease = _repository.Codecs.Rent();
            if (lease.Codec.TryDecode(container.Span, blob) is not null) return container;
        }

        // Not converted: a missing array would silently become an empty memory.
        if (await new StoredBlob(_repository, Pack, blob).TryReadAsync(cancellationToken).ConfigureAwait(false) is { } alone) return alone;
        return null;
    }
}
