using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>One copy of a blob in one pack.</summary>
internal readonly struct StoredBlob(Repository repository, Id pack, PackedBlob blob)
{
    /// <summary>The sealed bytes, when they open and have the hash; read twice before they count as bad. Null when they are bad.</summary>
    /// <exception cref="HoldfastException">Unavailable, Refused: as the backend says.</exception>
    internal async Task<byte[]?> TryReadAsync(CancellationToken cancellationToken) =>
        await TryReadOnceAsync(cancellationToken).ConfigureAwait(false) ?? await TryReadOnceAsync(cancellationToken).ConfigureAwait(false);

    private async Task<byte[]?> TryReadOnceAsync(CancellationToken cancellationToken)
    {
        if (blob.Length > Array.MaxLength) return null;
        var container = new byte[blob.Length];
        try
        {
            await repository.Backend.ReadAsync(new FileHandle(FileType.Pack, pack), blob.Offset, container, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.Failed or FailureKind.NotFound)
        {
            return null;
        }

        using var lease = repository.Codecs.Rent();
        return lease.Codec.TryDecode(container, blob) is null ? null : container;
    }
}
