using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Chunking;
using Xunit;

namespace Holdfast.Tests.Restic.Chunking;

public sealed class PageChunkingTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly Gen<int> PageSizes = Gen.Choose(9, 16).Select(power => 1 << power);

    private static readonly Gen<long> DatabaseSizes =
        from power in Gen.Choose(0, 44) from part in Gen.Choose(0, 1000) select (1L << power) + ((1L << power) * part / 1000);

    [Theory]
    [InlineData(0, 16)]
    [InlineData(2 * Gibibyte, 16)]
    [InlineData((2 * Gibibyte) + 1, 32)]
    [InlineData(4 * Gibibyte, 32)]
    [InlineData(20 * Gibibyte, 256)]
    [InlineData(1024 * Gibibyte, 8192)]
    [InlineData(long.MaxValue, 8192)]
    public void Chunks_grow_with_the_database(long databaseSize, int kibibytes) =>
        Assert.Equal(kibibytes * 1024, PageChunking.ChunkSize(databaseSize, 4096, null));

    [Theory]
    [InlineData(16, 16)]
    [InlineData(64, 64)]
    [InlineData(256, 256)]
    [InlineData(8, 64)]
    [InlineData(512, 64)]
    [InlineData(48, 64)]
    public void The_previous_size_is_kept_while_it_is_near(int previous, int kept) =>
        Assert.Equal(kept * 1024, PageChunking.ChunkSize(8 * Gibibyte, 4096, previous * 1024));

    [Fact]
    public void Growing_across_a_boundary_keeps_the_size()
    {
        var before = PageChunking.ChunkSize(2 * Gibibyte, 4096, null);
        Assert.Equal(before, PageChunking.ChunkSize((2 * Gibibyte) + 4096, 4096, before));
    }

    [Fact]
    public void A_previous_size_below_the_page_size_is_not_kept() =>
        Assert.Equal(65_536, PageChunking.ChunkSize(1, 65_536, 16_384));

    [Fact]
    public void Chunks_are_whole_pages_and_few() => Property.Check(PageSizes.Zip(DatabaseSizes), 1000, input =>
    {
        var (page, database) = input;
        var size = PageChunking.ChunkSize(database, page, null);
        return BitOperations.IsPow2(size)
            && size % page == 0
            && size is >= PageChunking.MinimumSize and <= PageChunking.MaximumSize
            && (size == PageChunking.MaximumSize || (database + size - 1) / size <= PageChunking.MaximumChunks);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-4096)]
    [InlineData(1000)]
    public void Page_sizes_are_powers_of_two(int pageSize) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PageChunking.ChunkSize(1, pageSize, null));
}
