using System.Numerics;

namespace Holdfast.Restic.Chunking;

/// <summary>
/// How large the pieces are that a database file is cut into. Databases change by pages in place: cut at fixed, page-aligned places,
/// a changed page costs one small chunk, where content-defined chunks would cost a megabyte and their search for cuts the time. The
/// price of small chunks is a long content list and a large index, so the size grows with the database and bounds the number of chunks.
/// </summary>
public static class PageChunking
{
    /// <summary>The smallest chunk in bytes, for databases up to 2 GiB.</summary>
    public const int MinimumSize = 16 * 1024;

    /// <summary>The largest chunk in bytes, that of the format's own chunker; from 1 TiB on.</summary>
    public const int MaximumSize = RabinChunker.MaximumSize;

    /// <summary>The most chunks of a database up to 1 TiB whose size was chosen afresh.</summary>
    public const int MaximumChunks = 131_072;

    // A larger factor would let lists grow too long before the size is changed, a smaller one would change it more often.
    private const int Tolerance = 4;

    /// <summary>
    /// The chunk size in bytes: a power of two and a multiple of the page size. The size of the previous backup is kept while it is within
    /// a factor of four of the ideal one, because a change of size stores the whole database anew; a growing database then pays that at
    /// every third doubling and not at each, and has at most four times <see cref="MaximumChunks"/> meanwhile.
    /// </summary>
    /// <param name="databaseSize">Bytes.</param>
    /// <param name="pageSize">Bytes, a power of two.</param>
    /// <param name="previousChunkSize">What the last backup of this database used; null when there is none.</param>
    public static int ChunkSize(long databaseSize, int pageSize, int? previousChunkSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(databaseSize);
        if (!BitOperations.IsPow2(pageSize) || pageSize > MaximumSize)
            throw new ArgumentOutOfRangeException(nameof(pageSize), pageSize, "a page size is a power of two up to 8 MiB");

        var smallest = Math.Max(MinimumSize, pageSize);
        var ideal = smallest;
        while (ideal < MaximumSize && databaseSize > (long)ideal * MaximumChunks) ideal *= 2;
        return previousChunkSize is { } previous && IsUsable(previous, smallest, ideal) ? previous : ideal;
    }

    private static bool IsUsable(int previous, int smallest, int ideal) =>
        BitOperations.IsPow2(previous)
        && previous >= smallest
        && previous <= MaximumSize
        && previous <= (long)ideal * Tolerance
        && ideal <= (long)previous * Tolerance;
}
