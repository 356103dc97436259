using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>What the index says is in some packs.</summary>
internal static class PackContents
{
    internal static Dictionary<Id, List<PackedBlob>> ListedIn(BlobIndex index, HashSet<Id> packs)
    {
        var listed = packs.ToDictionary(pack => pack, _ => new List<PackedBlob>());
        index.ForEach(location =>
        {
            if (listed.TryGetValue(location.Pack, out var blobs)) blobs.Add(location.Blob);
        });
        return listed;
    }
}
