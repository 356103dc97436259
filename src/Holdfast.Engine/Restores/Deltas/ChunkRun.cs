using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores.Deltas;

/// <summary>Chunks of a file that follow each other and are read together.</summary>
/// <param name="First">Number of the first one in the file.</param>
/// <param name="Offset">Where it is in the file, in bytes.</param>
/// <param name="Lengths">Bytes of each of them.</param>
internal sealed record ChunkRun(int First, long Offset, IReadOnlyList<int> Lengths)
{
    /// <summary>Bytes of a run; more only for a single chunk.</summary>
    private const int Preferred = 1 << 20;

    /// <summary>Larger than any chunk of restic's (8 MiB); a larger one is not looked for, so that the memory stays bounded.</summary>
    private const int LargestChunk = 16 << 20;

    /// <summary>Of all of its chunks.</summary>
    internal int Length { get; } = Lengths.Sum();

    /// <summary>All chunks of a file, from its beginning on, but for those that are too large.</summary>
    /// <param name="content">The blobs of the file; each is in the index.</param>
    /// <param name="reader">Knows how long they are.</param>
    internal static IEnumerable<ChunkRun> Of(IReadOnlyList<Id> content, BlobReader reader)
    {
        var lengths = new List<int>();
        long offset = 0;
        var bytes = 0;
        for (var chunk = 0; chunk < content.Count; chunk++)
        {
            var length = reader.Index.Locate(new BlobHandle(BlobType.Data, content[chunk]))!.Value.Blob.PlainLength;
            if (bytes > 0 && (bytes + length > Preferred || length > LargestChunk))
            {
                yield return new ChunkRun(chunk - lengths.Count, offset - bytes, lengths);
                (lengths, bytes) = ([], 0);
            }

            offset += length;
            if (length is 0 or > LargestChunk) continue;
            lengths.Add((int)length);
            bytes += (int)length;
        }

        if (bytes > 0) yield return new ChunkRun(content.Count - lengths.Count, offset - bytes, lengths);
    }
}
