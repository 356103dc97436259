using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>Adds up how much room a restore needs.</summary>
internal sealed class SpaceNeeded(BlobReader reader)
{
    /// <summary>Bytes for an inode, a directory entry and the last block of each file.</summary>
    private const long PerItem = 4096;

    private readonly Dictionary<long, Id> _zeros = [];

    /// <summary>Bytes that the items will take, long runs of zeros not counted, because they become holes.</summary>
    internal long Of(IEnumerable<RestoreItem> items) => items.Sum(item => PerItem + (item.IsFile ? Stored(item) : 0));

    /// <summary>The same for each file system that the items will be on.</summary>
    internal IReadOnlyList<SpaceDemand> On(IEnumerable<RestoreItem> items) =>
    [
        .. items.GroupBy(item => FileSystemIdentity.Of(item.Destination))
            .Select(group => SpaceDemand.At(group.First().Destination.Parent ?? FilePath.Root, Of(group))),
    ];

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
