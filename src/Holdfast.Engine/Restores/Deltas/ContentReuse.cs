using System.Buffers;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores.Deltas;

/// <summary>
/// Finds the chunks of a file that are at their place in its present content, by their hashes and nothing else, and has them in the staged
/// file. What is hashed is the very memory that is written, or the clone that nobody else writes to; so it does not matter that the
/// application may be changing the present content meanwhile.
/// </summary>
/// <param name="content">The blobs of the file; each is in the index.</param>
/// <param name="present">What there is now.</param>
/// <param name="reused">Where the chunks that were found are told.</param>
/// <param name="progress">Counts them.</param>
internal sealed class ContentReuse(IReadOnlyList<Id> content, PresentContent present, ReusedChunks reused, OperationProgress progress)
{
    /// <summary>Runs of chunks that can be looked for one by one, from several threads at a time.</summary>
    internal IEnumerable<Action> Work(BlobReader reader) => ChunkRun.Of(content, reader).Select<ChunkRun, Action>(run => () => Look(run));

    private void Look(ChunkRun run)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(run.Length);
        try
        {
            Look(run, buffer.AsSpan(0, present.Read(buffer.AsSpan(0, run.Length), run.Offset)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Neighbours are kept together: one call of the system for many chunks.
    private void Look(ChunkRun run, ReadOnlySpan<byte> bytes)
    {
        var zeros = default(ZeroChunk);
        var (start, position) = (0, 0);
        for (var i = 0; i < run.Lengths.Count; i++)
        {
            var length = run.Lengths[i];
            if (position + length > bytes.Length) break;
            if (zeros.IdOf(bytes.Slice(position, length)) == content[run.First + i])
            {
                reused.Add(run.First + i, length);
                progress.AddBytes(length);
            }
            else
            {
                Keep(bytes[start..position], run.Offset + start);
                start = position + length;
            }

            position += length;
        }

        Keep(bytes[start..position], run.Offset + start);
    }

    private void Keep(ReadOnlySpan<byte> bytes, long offset)
    {
        if (!bytes.IsEmpty) present.Keep(bytes, offset);
    }

    /// <summary>Remembers the hash of zeros: a large sparse file has the same chunk of them over and over.</summary>
    private struct ZeroChunk
    {
        private int _length;
        private Id _id;

        internal Id IdOf(ReadOnlySpan<byte> chunk)
        {
            if (chunk.ContainsAnyExcept((byte)0)) return Id.Of(chunk);
            if (_length != chunk.Length) (_length, _id) = (chunk.Length, Id.Of(chunk));
            return _id;
        }
    }
}
