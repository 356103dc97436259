using System.Runtime.InteropServices;
using Holdfast.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

/// <summary>Made-up wal-indexes, byte by byte, of which real connections show some for an instant only.</summary>
public sealed class WalIndexTests
{
    private const uint LastFrame = 7;
    private const ulong Salt = 0x0102_0304_0506_0708;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(LastFrame)]
    public void Reads_a_header_and_how_much_of_the_log_is_in_the_database(uint backfilled)
    {
        Assert.True(TryRead(Index(backfilled), out var header, out var read));
        Assert.Equal((4096, LastFrame, 5U, Salt, backfilled), (header.PageSize, header.LastFrame, header.PageCount, header.Salt, read));
    }

    [Fact]
    public void Refuses_more_backfilled_frames_than_the_log_has() =>
        Assert.False(TryRead(Index(LastFrame + 1), out _, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(WalIndexHeader.Size + 16)]
    [InlineData(WalIndexHeader.Size + 47)]
    public void Refuses_a_header_of_which_one_copy_differs(int offset)
    {
        var index = Index(0);
        index[offset] ^= 1;
        Assert.False(TryRead(index, out _, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(40)]
    public void Refuses_two_equal_copies_that_are_wrong(int offset)
    {
        var index = Index(0);
        index[offset] ^= 1;
        index[WalIndexHeader.Size + offset] ^= 1;
        Assert.False(TryRead(index, out _, out _));
    }

    [Fact]
    public void Refuses_what_was_read_while_the_log_was_restarted()
    {
        var before = Header(LastFrame, Salt);
        Assert.True(WalIndex.IsOneLog(before, 0, before));
        // A writer may add to the log, and a checkpoint may copy what it has added.
        Assert.True(WalIndex.IsOneLog(before, LastFrame + 1, Header(LastFrame + 1, Salt)));
        Assert.False(WalIndex.IsOneLog(before, 0, Header(LastFrame, Salt + 1)));
        Assert.False(WalIndex.IsOneLog(before, 0, Header(LastFrame - 1, Salt)));
        Assert.False(WalIndex.IsOneLog(before, LastFrame + 2, Header(LastFrame + 1, Salt)));
    }

    private static WalIndexHeader Header(uint lastFrame, ulong salt) => new(4096, lastFrame, 5, default, salt);

    private static unsafe bool TryRead(byte[] index, out WalIndexHeader header, out uint backfilled)
    {
        fixed (byte* address = index) return new WalIndex(address).TryRead(out header, out backfilled);
    }

    // https://sqlite.org/walformat.html, section 2.1: two copies of the header, then nBackfill.
    private static byte[] Index(uint backfilled)
    {
        var index = new byte[136];
        var header = index.AsSpan(0, WalIndexHeader.Size);
        var words = MemoryMarshal.Cast<byte, uint>(header);
        (words[0], words[4], words[5]) = (3007000, LastFrame, 5);
        header[12] = 1;
        MemoryMarshal.Write(header[14..], (ushort)4096);
        MemoryMarshal.Write(header[32..], Salt);
        var checksum = default(WalChecksum).Add(header[..40], bigEndian: !BitConverter.IsLittleEndian);
        (words[10], words[11]) = (checksum.First, checksum.Second);
        header.CopyTo(index.AsSpan(WalIndexHeader.Size));
        MemoryMarshal.Write(index.AsSpan(2 * WalIndexHeader.Size), backfilled);
        return index;
    }
}
