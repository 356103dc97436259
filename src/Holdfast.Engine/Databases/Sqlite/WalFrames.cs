using System.Buffers.Binary;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// Where the newest committed copy of each page stands in the write-ahead log: two sorted arrays, 8 bytes a page.
/// Built by reading the log once from its start to the pinned commit, checking salts and the running checksum.
/// </summary>
internal sealed class WalFrames
{
    public const int HeaderSize = 32;
    public const int FrameHeaderSize = 24;

    private const uint Magic = 0x377f0682;

    private readonly uint[] _pages;
    private readonly uint[] _frames;
    private readonly int _pageSize;

    private WalFrames(uint[] pages, uint[] frames, int pageSize) => (_pages, _frames, _pageSize) = (pages, frames, pageSize);

    /// <summary>Pages whose frame has a wrong checksum. SQLite does not look at it once the log is recovered, and serves them.</summary>
    public IReadOnlyList<uint> Doubtful { get; private init; } = [];

    /// <summary>How many pages of the image come from the log.</summary>
    public int Count => _pages.Length;

    /// <summary>No page comes from the log.</summary>
    public static WalFrames None { get; } = new([], [], 0);

    public uint PageAt(int index) => _pages[index];

    /// <summary>Where the content of the page at <paramref name="index"/> starts in the log.</summary>
    public long ContentAt(int index) => HeaderSize + (_frames[index] - 1L) * (_pageSize + FrameHeaderSize) + FrameHeaderSize;

    /// <summary>The first index whose page is <paramref name="page"/> or a later one.</summary>
    public int FirstFrom(uint page)
    {
        var index = Array.BinarySearch(_pages, page);
        return index < 0 ? ~index : index;
    }

    public bool Contains(uint page) => Array.BinarySearch(_pages, page) >= 0;

    /// <summary>The last page that comes from the log; 0 when none does.</summary>
    public uint LastPage => _pages.Length == 0 ? 0 : _pages[^1];

    /// <summary>Reads the log up to the header's last frame; null, with the reason, when it is not what the header says.</summary>
    /// <param name="tolerant">Take frames with a wrong checksum as <see cref="Doubtful"/>, as they are.</param>
    public static WalFrames? TryRead(
        SqliteFile log, WalIndexHeader header, bool tolerant, out string problem, CancellationToken cancellation)
    {
        Span<byte> start = stackalloc byte[HeaderSize];
        problem = "its header cannot be read";
        if (log.Read(start, 0) != LibSqlite.Ok) return null;
        var magic = BinaryPrimitives.ReadUInt32BigEndian(start);
        var bigEndian = (magic & 1) == 1;
        var checksum = default(WalChecksum).Add(start[..24], bigEndian);
        problem = "its header does not belong to the wal-index";
        if ((magic & ~1u) != Magic
            || checksum != ChecksumAt(start[24..])
            || BinaryPrimitives.ReadUInt32BigEndian(start[8..]) != header.PageSize
            || BitConverter.ToUInt64(start[16..24]) != header.Salt) return null;

        var doubtful = new List<uint>();
        var keys = new ulong[header.LastFrame];
        var frame = new byte[FrameHeaderSize + header.PageSize];
        for (uint i = 1; i <= header.LastFrame; i++)
        {
            if (i % 256 == 0) cancellation.ThrowIfCancellationRequested();
            problem = $"frame {i} cannot be read";
            if (log.Read(frame, HeaderSize + (i - 1L) * frame.Length) != LibSqlite.Ok) return null;
            checksum = checksum.Add(frame.AsSpan(0, 8), bigEndian).Add(frame.AsSpan(FrameHeaderSize), bigEndian);
            var page = BinaryPrimitives.ReadUInt32BigEndian(frame);
            var stored = ChecksumAt(frame.AsSpan(16));
            problem = $"frame {i} of {header.LastFrame} belongs to another generation of the log";
            if (BitConverter.ToUInt64(frame, 8) != header.Salt) return null;
            problem = $"frame {i} of {header.LastFrame} has a wrong checksum";
            if (checksum != stored && !tolerant) return null;
            if (checksum != stored) doubtful.Add(page);
            checksum = stored;
            keys[i - 1] = ((ulong)page << 32) | i;
        }

        problem = "its last frame is not the commit that the wal-index names";
        return checksum == header.Checksum && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) == header.PageCount
            ? Newest(keys, header, doubtful)
            : null;
    }

    private static WalFrames Newest(ulong[] keys, WalIndexHeader header, List<uint> doubtful)
    {
        Array.Sort(keys);
        var count = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            var page = (uint)(keys[i] >> 32);
            var isNewest = i + 1 == keys.Length || (uint)(keys[i + 1] >> 32) != page;
            if (isNewest && page >= 1 && page <= header.PageCount) keys[count++] = keys[i];
        }

        var (pages, frames) = (new uint[count], new uint[count]);
        for (var i = 0; i < count; i++) (pages[i], frames[i]) = ((uint)(keys[i] >> 32), (uint)keys[i]);
        return new WalFrames(pages, frames, header.PageSize) { Doubtful = doubtful };
    }

    private static WalChecksum ChecksumAt(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
}
