using Holdfast.Restic.Buffers;
using Xunit;

namespace Holdfast.Tests.Restic.Buffers;

public sealed class BufferPoolTests
{
    private const int Largest = 8 << 20;

    private readonly BufferPool _pool = new();

    [Fact]
    public void A_returned_buffer_is_lent_again_also_for_less()
    {
        var first = _pool.Rent(Largest);
        _pool.Return(first);

        Assert.Same(first, _pool.Rent(100_000));
    }

    [Fact]
    public void Two_who_hold_one_at_the_same_time_hold_different_ones()
    {
        _pool.Return(_pool.Rent(Largest));

        Assert.NotSame(_pool.Rent(1000), _pool.Rent(1000));
    }

    [Fact]
    public void The_smallest_that_fits_is_lent()
    {
        byte[][] all = [_pool.Rent(Largest), _pool.Rent(1 << 20), _pool.Rent(1000)];
        foreach (var buffer in all) _pool.Return(buffer);

        Assert.Same(all[1], _pool.Rent(500_000));
    }

    [Fact]
    public void Sizes_that_vary_leave_no_more_than_the_largest_for_each_holder()
    {
        var sizes = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            byte[][] held = [_pool.Rent(sizes.Next(1, Largest)), _pool.Rent(sizes.Next(1, Largest)), _pool.Rent(sizes.Next(1, Largest))];
            foreach (var buffer in held) _pool.Return(buffer);
            Assert.InRange(_pool.IdleBytes, 0, 3 * (Largest + Largest / 128));
        }
    }

    [Fact]
    public void What_a_largest_chunk_is_sealed_in_is_no_longer_than_needed()
    {
        var sealedBound = Largest + Largest / 256 + 32;

        Assert.InRange(_pool.Rent(sealedBound).Length, sealedBound, Largest + Largest / 64);
    }

    [Fact]
    public void Huge_ones_are_not_kept()
    {
        _pool.Return(_pool.Rent(BufferPool.LongestKept * 2));

        Assert.Equal(0, _pool.IdleBytes);
    }
}
