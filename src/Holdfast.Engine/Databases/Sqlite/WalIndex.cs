using System.Runtime.CompilerServices;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>The mapped wal-index of a database, as far as an image needs it. The mapping lives as long as the connection.</summary>
internal readonly unsafe struct WalIndex(byte* address)
{
    /// <summary>WAL_READ_LOCK(0): its holders read the database file only, and nobody may write into it meanwhile.</summary>
    public const int ReadLock0 = 3;

    private const int BackfillOffset = 2 * WalIndexHeader.Size;

    private readonly byte* _address = address;

    /// <summary>
    /// The state of the log, seen while WAL_READ_LOCK(0) is held: the header, and the number of frames that are in the database
    /// file. False when a writer was in the middle of an update, the log was restarted in between, or the header needs recovery.
    /// The order of the three reads is the argument of docs/design/sqlite-image.md.
    /// </summary>
    public bool TryRead(out WalIndexHeader header, out uint backfilled)
    {
        backfilled = 0;
        if (!TryReadHeader(out header)) return false;
        Interlocked.MemoryBarrier();
        backfilled = Volatile.Read(ref Unsafe.AsRef<uint>(_address + BackfillOffset));
        Interlocked.MemoryBarrier();
        return TryReadHeader(out var again) && IsOneLog(header, backfilled, again);
    }

    /// <summary>Whether what was read between two headers belongs to the log of both: it was not restarted meanwhile.</summary>
    internal static bool IsOneLog(WalIndexHeader before, uint backfilled, WalIndexHeader after) =>
        after.Salt == before.Salt && after.LastFrame >= before.LastFrame && backfilled <= after.LastFrame;

    private bool TryReadHeader(out WalIndexHeader header)
    {
        Span<byte> first = stackalloc byte[WalIndexHeader.Size];
        Span<byte> second = stackalloc byte[WalIndexHeader.Size];
        Copy(0, first);
        Interlocked.MemoryBarrier();
        Copy(WalIndexHeader.Size, second);
        header = default;
        return first.SequenceEqual(second) && WalIndexHeader.TryParse(first, out header);
    }

    // Word by word, so that no word is torn whatever the runtime's block copy does.
    private void Copy(int offset, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i += sizeof(uint))
        {
            var word = Volatile.Read(ref Unsafe.AsRef<uint>(_address + offset + i));
            BitConverter.TryWriteBytes(destination[i..], word);
        }
    }
}
