using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>What the readable index files say of each pack, taken together.</summary>
internal sealed class PackLists
{
    private readonly Dictionary<Id, IndexedPack> _packs = [];
    private readonly HashSet<Id> _disputed = [];

    internal PackLists(IEnumerable<IndexFile> files)
    {
        foreach (var pack in files.SelectMany(file => file.Packs)) Add(pack);
    }

    internal IEnumerable<Id> All => _packs.Keys;

    /// <summary>All blobs that any file lists for the pack; null when none lists it.</summary>
    internal IndexedPack? Find(Id pack) => _packs.GetValueOrDefault(pack);

    /// <summary>All files that list the pack say the same.</summary>
    internal bool IsAgreed(Id pack) => !_disputed.Contains(pack);

    /// <summary>The index says one thing of the pack, and it has the size that follows from it.</summary>
    internal bool Explains(StoredFile pack) =>
        _packs.TryGetValue(pack.Handle.Id, out var listed) && IsAgreed(listed.Id) && PackHeader.PackSize(listed.Blobs) == pack.Size && HasNoGaps(listed);

    private static bool HasNoGaps(IndexedPack pack)
    {
        long end = 0;
        foreach (var blob in pack.Blobs)
        {
            if (blob.Offset != end) return false;
            end += blob.Length;
        }

        return true;
    }

    private void Add(IndexedPack pack)
    {
        if (_packs.TryAdd(pack.Id, pack)) return;
        var known = _packs[pack.Id];
        if (known.Blobs.SequenceEqual(pack.Blobs)) return;
        _disputed.Add(pack.Id);
        _packs[pack.Id] = new IndexedPack(pack.Id, [.. known.Blobs.Union(pack.Blobs).OrderBy(blob => blob.Offset)]);
    }
}
