using System.Buffers.Binary;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>What a page looks like from its own bytes.</summary>
internal enum PageKind
{
    /// <summary>The page has not been seen.</summary>
    Unseen = 0,

    /// <summary>An overflow, free or pointer-map page, or damage.</summary>
    NotBtree = 1,
    LeafTable = 2,
    LeafIndex = 3,
    InteriorTable = 4,
    InteriorIndex = 5,

    /// <summary>The first byte is a b-tree page's, but the cells cannot be.</summary>
    BadCells = 6,
}

/// <summary>The header of a b-tree page and its cell pointers (https://sqlite.org/fileformat2.html, section 1.6).</summary>
internal readonly struct BtreePage
{
    private BtreePage(PageKind kind, int cells, int pointers) => (Kind, CellCount, CellPointers) = (kind, cells, pointers);

    public PageKind Kind { get; }

    public int CellCount { get; }

    /// <summary>Where the array of cell pointers starts in the page.</summary>
    public int CellPointers { get; }

    public bool IsInterior => Kind is PageKind.InteriorTable or PageKind.InteriorIndex;

    /// <summary>Reads a page's header and checks that every cell pointer lies where cells may be.</summary>
    /// <param name="page">The whole page.</param>
    /// <param name="number">Its number; page 1 starts with the database header.</param>
    /// <param name="usable">The page size without the reserved bytes.</param>
    public static BtreePage Read(ReadOnlySpan<byte> page, uint number, int usable)
    {
        var header = number == 1 ? SqliteHeader.Size : 0;
        var kind = page[header] switch
        {
            2 => PageKind.InteriorIndex,
            5 => PageKind.InteriorTable,
            10 => PageKind.LeafIndex,
            13 => PageKind.LeafTable,
            _ => PageKind.NotBtree,
        };
        if (kind == PageKind.NotBtree) return default(BtreePage).With(kind);

        var cells = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 3)..]);
        var content = (BinaryPrimitives.ReadUInt16BigEndian(page[(header + 5)..]) - 1 & 0xffff) + 1;
        var pointers = header + (kind is PageKind.InteriorTable or PageKind.InteriorIndex ? 12 : 8);
        var end = pointers + 2 * cells;
        return end <= usable && content >= end && content <= usable && PointersFit(page[pointers..end], content, usable - 4)
            ? new BtreePage(kind, cells, pointers)
            : default(BtreePage).With(PageKind.BadCells);
    }

    /// <summary>Where the cell of the given index starts.</summary>
    public int CellAt(ReadOnlySpan<byte> page, int index) => BinaryPrimitives.ReadUInt16BigEndian(page[(CellPointers + 2 * index)..]);

    /// <summary>The child pages of an interior page, the rightmost last: one more than it has cells.</summary>
    public void Children(ReadOnlySpan<byte> page, Span<uint> children)
    {
        for (var i = 0; i < CellCount; i++) children[i] = BinaryPrimitives.ReadUInt32BigEndian(page[CellAt(page, i)..]);
        children[CellCount] = BinaryPrimitives.ReadUInt32BigEndian(page[(CellPointers - 4)..]);
    }

    private static bool PointersFit(ReadOnlySpan<byte> pointers, int first, int last)
    {
        var outside = 0;
        for (var i = 0; i + 1 < pointers.Length; i += 2)
        {
            var pointer = (pointers[i] << 8) | pointers[i + 1];
            outside |= (pointer - first) | (last - pointer);
        }

        return outside >= 0;
    }

    private BtreePage With(PageKind kind) => new(kind, CellCount, CellPointers);
}
