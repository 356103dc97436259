using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Pruning;

/// <summary>What prune will do. Sizes in bytes of files, headers included.</summary>
public sealed record PrunePlan
{
    internal PrunePlan(UsedBlobs used, IndexedContents contents, IReadOnlySet<Id> seen) => (Used, Contents, Seen) = (used, contents, seen);

    /// <summary>Snapshots whose contents are kept.</summary>
    public required int Snapshots { get; init; }

    /// <summary>Packs that no index lists: an interrupted backup or prune left them.</summary>
    public required IReadOnlyList<StoredFile> Unlisted { get; init; }

    /// <summary>Packs of which nothing is needed.</summary>
    public required IReadOnlyList<StoredFile> Remove { get; init; }

    /// <summary>Packs of which the needed part is copied into new ones, before they are removed.</summary>
    public required IReadOnlyList<StoredFile> Repack { get; init; }

    /// <summary>Packs that stay as they are.</summary>
    public required int Kept { get; init; }

    /// <summary>Packs that the index lists, that are not there, and of which nothing is needed.</summary>
    public required IReadOnlyList<Id> Missing { get; init; }

    /// <summary>What the snapshots need.</summary>
    public required long UsedBytes { get; init; }

    /// <summary>What nothing needs, in packs that are listed.</summary>
    public required long UnusedBytes { get; init; }

    /// <summary>Bytes that are written into new packs at most.</summary>
    public required long CopiedBytes { get; init; }

    /// <summary>What nothing needs and stays all the same, within what the options allow.</summary>
    public required long RemainingUnusedBytes { get; init; }

    /// <summary>Index files that are written anew.</summary>
    public required IReadOnlyList<Id> IndexFiles { get; init; }

    public long UnlistedBytes => Unlisted.Sum(file => file.Size);

    /// <summary>By how much the packs become smaller.</summary>
    public long FreedBytes => UnlistedBytes + UnusedBytes - RemainingUnusedBytes;

    /// <summary>There is nothing to do.</summary>
    public bool IsEmpty => Unlisted.Count + Remove.Count + Repack.Count + Missing.Count + IndexFiles.Count == 0;

    /// <summary>The blob is in the index.</summary>
    public bool Has(BlobHandle blob) => Contents.Index.Contains(blob);

    /// <summary>The blob is in the index, no snapshot needs it, and no copy of it will be left.</summary>
    public bool Loses(BlobHandle blob)
    {
        if (!Has(blob) || Used.All.Contains(blob)) return false;
        var leaving = Remove.Concat(Repack).Select(file => file.Handle.Id).ToHashSet();
        return Contents.Index.LocateAll(blob).All(copy => leaving.Contains(copy.Pack));
    }

    internal UsedBlobs Used { get; }

    /// <summary>The snapshots that it was made for.</summary>
    internal IReadOnlySet<Id> Seen { get; }

    internal IndexedContents Contents { get; }
}
