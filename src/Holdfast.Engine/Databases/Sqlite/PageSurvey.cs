using System.Runtime.InteropServices;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// Remembers of every page that streams by what it takes to count rows and find damage afterwards: 4 bytes a page for its kind and
/// cells, and 4 bytes for every child pointer, of which a sound database has fewer than pages.
/// Safe for concurrent use on different pages.
/// </summary>
public sealed class PageSurvey
{
    private const int KindBits = 3;
    private const int ChunkLength = 1 << 16;

    // Marks an interior page whose children were not kept.
    private const uint NotKept = uint.MaxValue >> KindBits;

    private readonly Lock _gate = new();
    private readonly uint[] _pages;
    private readonly List<uint[]> _chunks = [];
    private readonly List<(int Chunk, int Start, int Count)> _interior = [];
    private readonly int _usable;
    private readonly int _maximumChunks;
    private int _used = ChunkLength;

    internal PageSurvey(int pageSize, int usable, uint pageCount)
    {
        PageSize = pageSize;
        _usable = usable;
        _pages = new uint[pageCount];
        // Freed pages may keep old pointers, so there may be more of them than pages; a hostile file must not fill the memory with them.
        _maximumChunks = (int)(pageCount / ChunkLength) + 2;
    }

    public int PageSize { get; }

    /// <summary>Takes note of whole pages.</summary>
    /// <param name="offset">Where they start in the image, a multiple of the page size.</param>
    public void Add(long offset, ReadOnlySpan<byte> pages)
    {
        var number = (uint)(offset / PageSize);
        for (var at = 0; at + PageSize <= pages.Length && number < _pages.Length; at += PageSize, number++)
        {
            var page = pages.Slice(at, PageSize);
            var header = BtreePage.Read(page, number + 1, _usable);
            var detail = header.IsInterior ? Keep(header, page) : (uint)header.CellCount;
            _pages[number] = (uint)header.Kind | (detail << KindBits);
        }
    }

    internal PageKind KindOf(uint page) => (PageKind)(_pages[page - 1] & ((1 << KindBits) - 1));

    /// <summary>Cells of a leaf page.</summary>
    internal int CellsOf(uint page) => (int)(_pages[page - 1] >> KindBits);

    /// <summary>The children of an interior page; false when they were not kept and the page must be read again.</summary>
    internal bool TryChildrenOf(uint page, out ReadOnlySpan<uint> children)
    {
        var index = _pages[page - 1] >> KindBits;
        children = default;
        if (index == NotKept) return false;
        lock (_gate)
        {
            var (chunk, start, count) = CollectionsMarshal.AsSpan(_interior)[(int)index];
            children = _chunks[chunk].AsSpan(start, count);
        }

        return true;
    }

    private uint Keep(BtreePage header, ReadOnlySpan<byte> page)
    {
        var count = header.CellCount + 1;
        lock (_gate)
        {
            if (_used + count > ChunkLength)
            {
                if (_chunks.Count >= _maximumChunks) return NotKept;
                _chunks.Add(new uint[ChunkLength]);
                _used = 0;
            }

            header.Children(page, _chunks[^1].AsSpan(_used, count));
            _interior.Add((_chunks.Count - 1, _used, count));
            _used += count;
            return (uint)_interior.Count - 1;
        }
    }
}
