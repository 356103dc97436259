using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// Where each blob of some files belongs: 56 bytes a place, sorted by blob, so that even the content of a very large database costs little
/// memory.
/// </summary>
internal sealed class ContentPlaces
{
    private readonly Place[] _places;

    private ContentPlaces(Place[] places, IReadOnlySet<int> incomplete)
    {
        _places = places;
        Incomplete = incomplete;
    }

    /// <summary>Numbers of the files of which a blob is in no index; they have no places.</summary>
    internal IReadOnlySet<int> Incomplete { get; }

    internal static ContentPlaces Of(IReadOnlyList<RestoreItem> files, BlobReader reader)
    {
        var places = new List<Place>(files.Sum(file => file.Node.Content!.Count));
        var incomplete = new HashSet<int>();
        for (var file = 0; file < files.Count; file++)
        {
            var first = places.Count;
            long offset = 0;
            var content = files[file].Node.Content!;
            for (var chunk = 0; chunk < content.Count; chunk++)
            {
                var id = content[chunk];
                if (reader.Index.Locate(new BlobHandle(BlobType.Data, id)) is not { } location)
                {
                    incomplete.Add(file);
                    places.RemoveRange(first, places.Count - first);
                    break;
                }

                places.Add(new Place(id, offset, file, chunk, (int)location.Blob.PlainLength));
                offset += location.Blob.PlainLength;
            }
        }

        var sorted = places.ToArray();
        Array.Sort(sorted, static (left, right) => left.Id.CompareTo(right.Id));
        return new ContentPlaces(sorted, incomplete);
    }

    /// <summary>All places of a blob.</summary>
    internal ReadOnlySpan<Place> Find(Id id)
    {
        var (low, high) = (0, _places.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_places[middle].Id.CompareTo(id) < 0) low = middle + 1;
            else high = middle;
        }

        var end = low;
        while (end < _places.Length && _places[end].Id == id) end++;
        return _places.AsSpan(low, end - low);
    }

    /// <param name="Id">The blob.</param>
    /// <param name="Offset">In the file, bytes.</param>
    /// <param name="File">Number of the file.</param>
    /// <param name="Chunk">Number of the chunk in the file.</param>
    /// <param name="Length">Bytes of plaintext that the index promises.</param>
    internal readonly record struct Place(Id Id, long Offset, int File, int Chunk, int Length);
}
