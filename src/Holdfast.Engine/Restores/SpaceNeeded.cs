using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores;

/// <summary>Adds up how much room a restore needs on each file system and refuses when there is not enough.</summary>
internal sealed class SpaceNeeded(BlobReader reader)
{
    /// <summary>Bytes for an inode, a directory entry and the last block of each file.</summary>
    private const long PerItem = 4096;

    private readonly Dictionary<long, Id> _zeros = [];

    /// <summary>Bytes that the items will take, long runs of zeros not counted, because they become holes.</summary>
    internal long Of(IEnumerable<RestoreItem> items) => items.Sum(item => PerItem + (item.IsFile ? Stored(item) : 0));

    /// <exception cref="HoldfastException">NoSpace, with the figures.</exception>
    internal void Require(IEnumerable<RestoreItem> items)
    {
        foreach (var group in items.GroupBy(item => FileSystemIdentity.Of(item.Destination)))
        {
            var place = group.First().Destination.Parent ?? FilePath.Root;
            var need = Of(group);
            var free = FreeSpace.At(place);
            if ((ulong)need <= free) continue;
            throw new HoldfastException(
                FailureKind.NoSpace,
                $"not enough free space at \"{place.Display}\": {need} bytes are needed, {free} are free",
                "free some space, restore fewer paths, or choose another target; nothing was written");
        }
    }

    private long Stored(RestoreItem item)
    {
        var content = item.Node.Content!;
        var bytes = item.Bytes;
        for (var i = 1; i < content.Count; i++)
        {
            // Chunks that repeat are worth the question whether they are zeros.
            if (content[i] == content[i - 1] && LengthOf(content[i]) is var length && content[i] == ZerosOf(length)) bytes -= length;
        }

        return bytes;
    }

    private long LengthOf(Id id) => reader.Index.Locate(new BlobHandle(BlobType.Data, id))?.Blob.PlainLength ?? 0;

    private Id ZerosOf(long length)
    {
        if (_zeros.TryGetValue(length, out var id)) return id;
        id = Id.Of(new byte[length]);
        _zeros.Add(length, id);
        return id;
    }
}
