using System.Buffers.Binary;

namespace Holdfast.Bench.Databases;

/// <summary>
/// Makes a database large without filling the disk: adds pages to its list of free pages, as a purge of most rows leaves them. Only
/// the trunks of the list are written, one every 4 MiB; the free pages between them are holes
/// (https://sqlite.org/fileformat2.html, sections 1.3 and 1.5).
/// </summary>
internal static class FreePages
{
    private const int ChangeCounter = 24;
    private const int PageCount = 28;
    private const int FirstTrunk = 32;
    private const int FreeCount = 36;
    private const int VersionValidFor = 92;

    // The last six entries of a trunk stay unused, as SQLite itself leaves them for old versions.
    private const int LeavesPerTrunk = (AppSchema.PageSize / 4) - 8;

    // Holds SQLite's locks and is part of nothing.
    private const uint LockPage = (0x40000000 / AppSchema.PageSize) + 1;

    /// <summary>Grows a closed database without a WAL and without free pages to <paramref name="size"/> bytes; says its new number of pages.</summary>
    public static uint Append(string path, long size)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var header = new byte[100];
        file.ReadExactly(header);
        var used = Number(header, PageCount);
        if (Number(header, FreeCount) != 0 || used != file.Length / AppSchema.PageSize) throw new UsageException($"{path} is not as it was generated");

        var pages = checked((uint)(size / AppSchema.PageSize));
        if (pages <= used) return used;
        file.SetLength((long)pages * AppSchema.PageSize);
        var (first, count) = WriteTrunks(file, used + 1, pages);
        Put(header, PageCount, pages);
        Put(header, FirstTrunk, first);
        Put(header, FreeCount, count);
        Put(header, ChangeCounter, Number(header, ChangeCounter) + 1);
        Put(header, VersionValidFor, Number(header, ChangeCounter));
        file.Position = 0;
        file.Write(header);
        return pages;
    }

    private static (uint First, uint Count) WriteTrunks(FileStream file, uint from, uint last)
    {
        var trunk = new byte[AppSchema.PageSize];
        var (first, count) = (NotTheLockPage(from), 0u);
        for (var page = first; page != 0;)
        {
            var (leaves, next) = (0u, page + 1);
            for (; next <= last && leaves < LeavesPerTrunk; next++)
            {
                if (next != LockPage) Put(trunk, (int)(8 + (4 * leaves++)), next);
            }

            next = NotTheLockPage(next);
            if (next > last) next = 0;
            Put(trunk, 0, next);
            Put(trunk, 4, leaves);
            file.Position = (long)(page - 1) * AppSchema.PageSize;
            file.Write(trunk);
            count += 1 + leaves;
            page = next;
        }

        return (first, count);
    }

    private static uint NotTheLockPage(uint page) => page == LockPage ? page + 1 : page;

    private static uint Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static void Put(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], value);
}
