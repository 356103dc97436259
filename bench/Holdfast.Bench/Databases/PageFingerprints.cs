using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.Bench.Databases;

/// <summary>A fingerprint of each page of a file, to count which ones differ later. Not made to resist anyone.</summary>
internal sealed class PageFingerprints
{
    private readonly ulong[] _pages;

    private PageFingerprints(ulong[] pages) => _pages = pages;

    public long Count => _pages.Length;

    public static PageFingerprints Of(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.SequentialScan);
        var pages = new ulong[RandomAccess.GetLength(file) / AppSchema.PageSize];
        var buffer = new byte[256 * AppSchema.PageSize];
        for (var first = 0; first < pages.Length; first += 256)
        {
            var length = RandomAccess.Read(file, buffer, (long)first * AppSchema.PageSize);
            for (var i = 0; i < length / AppSchema.PageSize; i++) pages[first + i] = Hash(buffer.AsSpan(i * AppSchema.PageSize, AppSchema.PageSize));
        }

        return new(pages);
    }

    /// <summary>Pages that differ from those of another time; added ones count too.</summary>
    public long DifferencesTo(PageFingerprints other)
    {
        var differences = Math.Abs(Count - other.Count);
        for (var i = 0; i < Math.Min(Count, other.Count); i++)
        {
            if (_pages[i] != other._pages[i]) differences++;
        }

        return differences;
    }

    private static ulong Hash(ReadOnlySpan<byte> page)
    {
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(page)) hash = BitOperations.RotateLeft(hash ^ word, 29) * 0xBF58476D1CE4E5B9;
        return hash;
    }
}
