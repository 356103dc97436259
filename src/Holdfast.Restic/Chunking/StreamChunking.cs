using System.Numerics;

namespace Holdfast.Restic.Chunking;

/// <summary>
/// How large the pieces are that a dump of a database is cut into. It is a stream in which rows come and go, so that only its content can say where to
/// cut; and few rows of many change, so that the pieces must be much smaller than those of files. As with pages (<see cref="PageChunking"/>), the size
/// grows with the stream and bounds the number of chunks.
/// </summary>
public static class StreamChunking
{
    /// <summary>The smallest average in bytes, for streams up to 2 GiB.</summary>
    public const int SmallestAverage = 16 * 1024;

    /// <summary>The largest average in bytes.</summary>
    public const int LargestAverage = 1 << 20;

    private const int MaximumChunks = 131_072;
    private const int Tolerance = 4;

    // A cut is looked for behind the first quarter; the average is then that quarter and the distance.
    private const int MinimumShare = 4;
    private const int MaximumTimes = 8;

    /// <summary>The average size of chunks in bytes, a power of two. That of the previous backup is kept while it is within a factor of four of the ideal one.</summary>
    /// <param name="size">Bytes of the stream, as far as they are known before.</param>
    /// <param name="previous">What this gave for the last backup; null when there is none.</param>
    public static int Average(long size, int? previous)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var ideal = SmallestAverage;
        while (ideal < LargestAverage && size > (long)ideal * MaximumChunks) ideal *= 2;
        return previous is { } last && IsUsable(last, ideal) ? last : ideal;
    }

    /// <summary>The chunker for an average that <see cref="Average"/> gave.</summary>
    public static RabinChunker Chunker(RabinTables tables, int average) => new(tables, average / MinimumShare, average * MaximumTimes, average);

    /// <summary>The longest chunk in bytes.</summary>
    public static int Longest(int average) => average * MaximumTimes;

    private static bool IsUsable(int previous, int ideal) =>
        BitOperations.IsPow2(previous)
        && previous is >= SmallestAverage and <= LargestAverage
        && previous <= (long)ideal * Tolerance
        && ideal <= (long)previous * Tolerance;
}
