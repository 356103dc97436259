using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Reads blobs. What it returns has been authenticated and has the ID that was asked for; anything else is an error. Thread-safe.
/// </summary>
public sealed class BlobReader(Repository repository, BlobIndex index)
{
    public BlobIndex Index => index;

    /// <summary>The plaintext of a blob. Every stored copy is tried, and then each once more, before giving up (section 16.3).</summary>
    /// <exception cref="HoldfastException">
    /// NotFound: no index lists it. Damaged: no copy is good, or the disk cannot read it. Unavailable: as the backend says.
    /// </exception>
    public async Task<byte[]> ReadAsync(BlobHandle handle, CancellationToken cancellationToken)
    {
        var copies = index.LocateAll(handle);
        if (copies.Count == 0) throw new HoldfastException(FailureKind.NotFound, $"{handle} is in no index", "run `holdfast check`");
        HoldfastException? last = null;
        foreach (var copy in copies.Concat(copies))
        {
            try
            {
                if (await TryReadAsync(copy, cancellationToken).ConfigureAwait(false) is { } plaintext) return plaintext;
            }
            catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound or FailureKind.Failed)
            {
                // A bad sector fails the reading; another copy lies elsewhere.
                last = error;
            }
        }

        throw Lost(handle, copies[^1].Pack, last);
    }

    /// <summary>The nodes of a directory.</summary>
    public async Task<IReadOnlyList<Node>> ReadTreeAsync(Id tree, CancellationToken cancellationToken) =>
        TreeParser.Parse(await ReadAsync(new BlobHandle(BlobType.Tree, tree), cancellationToken).ConfigureAwait(false));

    private static HoldfastException Lost(BlobHandle blob, Id pack, HoldfastException? why)
    {
        var what = why is { Kind: FailureKind.Failed } ? "cannot be read from pack" : "is damaged in pack";
        return new HoldfastException(
            FailureKind.Damaged,
            $"{blob} {what} {pack.Short}{(why is null ? string.Empty : $": {why.Message}")}",
            "run `holdfast check --read-data` to see what it hurts",
            why);
    }

    private async Task<byte[]?> TryReadAsync(BlobLocation location, CancellationToken cancellationToken)
    {
        if (location.Blob.Length > Array.MaxLength) throw new HoldfastException(FailureKind.Damaged, "its length in the index is impossible");
        var container = new byte[location.Blob.Length];
        var pack = new FileHandle(FileType.Pack, location.Pack);
        var read = location.Blob.Handle.Type == BlobType.Tree
            ? repository.Backend.ReadTreesAsync(pack, location.Blob.Offset, container, cancellationToken)
            : repository.Backend.ReadAsync(pack, location.Blob.Offset, container, cancellationToken);
        await read.ConfigureAwait(false);
        using var lease = repository.Codecs.Rent();
        return lease.Codec.TryDecode(container, location.Blob)?.ToArray();
    }
}
