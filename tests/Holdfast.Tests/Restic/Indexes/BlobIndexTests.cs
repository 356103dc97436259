using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;
using Xunit;

namespace Holdfast.Tests.Restic.Indexes;

public sealed class BlobIndexTests
{
    private readonly BlobIndex _index = new();

    [Fact]
    public void Finds_every_copy_of_a_blob_in_the_order_they_came_and_each_once()
    {
        var blob = Blob(1, 0);
        _index.Add(new IndexedPack(IdOf(100), [blob, Blob(2, 50)]));
        _index.Add(new IndexedPack(IdOf(101), [blob]));
        _index.Add(new IndexedPack(IdOf(100), [blob]));
        _index.Add(new IndexedPack(IdOf(100), [blob with { Offset = 90 }]));

        Assert.Equal([(IdOf(100), 0u), (IdOf(101), 0u), (IdOf(100), 90u)], _index.LocateAll(blob.Handle).Select(copy => (copy.Pack, copy.Blob.Offset)));
        Assert.Equal(new BlobLocation(IdOf(100), Blob(2, 50)), _index.Locate(Blob(2, 50).Handle));
        Assert.Equal(4, _index.Count);
    }

    [Fact]
    public void A_tree_and_data_of_the_same_ID_are_two_blobs()
    {
        var data = Blob(1, 0);
        _index.Add(new IndexedPack(IdOf(100), [data]));
        var tree = new BlobHandle(BlobType.Tree, data.Handle.Id);

        Assert.True(_index.Contains(data.Handle));
        Assert.False(_index.Contains(tree));
        Assert.Null(_index.Locate(tree));
        Assert.Empty(_index.LocateAll(tree));
        Assert.True(_index.TryClaim(tree));
    }

    [Fact]
    public void A_blob_is_claimed_once_and_not_at_all_when_it_is_stored()
    {
        var blob = Blob(1, 0);
        Assert.True(_index.TryClaim(blob.Handle));
        Assert.False(_index.TryClaim(blob.Handle));
        Assert.False(_index.Contains(blob.Handle));
        _index.Add(new IndexedPack(IdOf(100), [blob]));
        Assert.False(_index.TryClaim(blob.Handle));
    }

    [Fact]
    public void Grows_to_a_hundred_thousand_blobs_from_many_threads()
    {
        const int packs = 200;
        const int blobs = 500;
        Parallel.For(0, packs, pack =>
        {
            _index.Add(new IndexedPack(IdOf(-1 - pack), [.. Enumerable.Range(0, blobs).Select(i => Blob((pack * blobs) + i, (uint)i * 40))]));
            Assert.True(_index.Contains(Blob(pack * blobs, 0).Handle));
        });

        Assert.Equal(packs * blobs, _index.Count);
        Parallel.For(0, packs * blobs, i => Assert.Equal(new BlobLocation(IdOf(-1 - (i / blobs)), Blob(i, (uint)(i % blobs) * 40)), _index.Locate(Blob(i, 0).Handle)));
        Assert.False(_index.Contains(Blob(packs * blobs, 0).Handle));
    }

    [Fact]
    public void Of_many_claimers_one_gets_each_blob()
    {
        var claims = 0;
        Parallel.For(0, 8000, i =>
        {
            if (_index.TryClaim(Blob(i % 1000, 0).Handle)) Interlocked.Increment(ref claims);
        });
        Assert.Equal(1000, claims);
    }

    private static Id IdOf(int number) => Id.Of(BitConverter.GetBytes(number));

    private static PackedBlob Blob(int number, uint offset) => new(new BlobHandle(BlobType.Data, IdOf(number)), offset, 40, 0);
}
