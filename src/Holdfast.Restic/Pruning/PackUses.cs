using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Pruning;

/// <summary>Counts for each pack that the index lists what of it is needed.</summary>
internal static class PackUses
{
    internal static Dictionary<Id, PackUse> Count(BlobIndex index, UsedBlobs used)
    {
        var packs = new Dictionary<Id, PackUse>();
        var several = used.All.Where(index.HasCopies).ToHashSet();
        index.ForEach(location =>
        {
            if (!packs.TryGetValue(location.Pack, out var pack)) packs.Add(location.Pack, pack = new PackUse(location.Pack));
            pack.Add(location.Blob, Need(location.Blob.Handle, used, several));
        });
        foreach (var blob in several) Decide(index.LocateAll(blob), packs);
        return packs;
    }

    private static BlobNeed Need(BlobHandle blob, UsedBlobs used, HashSet<BlobHandle> several)
    {
        if (!used.Contains(blob)) return BlobNeed.Unused;
        return several.Contains(blob) ? BlobNeed.Shared : BlobNeed.Used;
    }

    private static void Decide(IReadOnlyList<BlobLocation> copies, Dictionary<Id, PackUse> packs)
    {
        var best = copies.Aggregate((left, right) => Compare(packs[left.Pack], packs[right.Pack]) <= 0 ? left : right);
        foreach (var copy in copies) packs[copy.Pack].Keep(copy.Blob, stays: copy == best);
    }

    /// <summary>
    /// Best is a pack that needs no copying because all of it is needed, as an interrupted prune leaves its new ones; then one that stays
    /// because of what only it has; else that with most such blobs. It is one order for all blobs, so that those of two equal packs all
    /// stay in the same.
    /// </summary>
    private static int Compare(PackUse left, PackUse right)
    {
        var order = (left.SureUnused > 0).CompareTo(right.SureUnused > 0);
        if (order == 0) order = (right.SureUsed > 0).CompareTo(left.SureUsed > 0);
        if (order == 0) order = right.Shared.CompareTo(left.Shared);
        return order != 0 ? order : left.Id.CompareTo(right.Id);
    }
}
