using System.Runtime.InteropServices;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// One copy of the wal-index header (https://sqlite.org/walformat.html, section 2.1), in the byte order of the machine.
/// </summary>
/// <param name="PageSize">Bytes per page; 0 when the log was never written.</param>
/// <param name="LastFrame">mxFrame: the last committed frame of the log; 0 when the log is empty.</param>
/// <param name="PageCount">nPage: the database's size in pages after that commit; 0 when the log was never written.</param>
/// <param name="Checksum">The running checksum at <paramref name="LastFrame"/>.</param>
/// <param name="Salt">Both salts, their bytes as in the log's header, so that they compare but do not count.</param>
internal readonly record struct WalIndexHeader(int PageSize, uint LastFrame, uint PageCount, WalChecksum Checksum, ulong Salt)
{
    /// <summary>Size of one copy in bytes; two stand at the start of the wal-index.</summary>
    public const int Size = 48;

    private const uint KnownVersion = 3007000;

    /// <summary>Reads a copy; false when it is not initialised, of an unknown version, or its checksum is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> copy, out WalIndexHeader header)
    {
        var words = MemoryMarshal.Cast<byte, uint>(copy[..Size]);
        var shortPageSize = MemoryMarshal.Read<ushort>(copy[14..]);
        header = new WalIndexHeader(
            (shortPageSize & 0xfe00) | ((shortPageSize & 1) << 16),
            words[4],
            words[5],
            new WalChecksum(words[6], words[7]),
            MemoryMarshal.Read<ulong>(copy[32..]));
        return copy[12] != 0
            && words[0] == KnownVersion
            && default(WalChecksum).Add(copy[..40], bigEndian: !BitConverter.IsLittleEndian) == new WalChecksum(words[10], words[11]);
    }
}
