using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Blobs;

public sealed class BlobReaderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_good_copy_is_read_whichever_of_two_is_damaged_or_gone(int which)
    {
        using var sample = await SampleRepository.CreateAsync();
        var (reader, blob, copies) = await StoreTwiceAsync(sample);
        var pack = new FileHandle(FileType.Pack, copies[which].Pack);

        await sample.FlipAsync(pack, 30);
        Assert.Equal(5000, (await reader.ReadAsync(blob, Token)).Length);
        await sample.TruncateAsync(pack, 3000);
        Assert.Equal(5000, (await reader.ReadAsync(blob, Token)).Length);
        await sample.Backend.DeleteAsync(pack, Token);
        Assert.Equal(SyntheticTree.RandomBytes(1, 5000), await reader.ReadAsync(blob, Token));
        Assert.Equal(SyntheticTree.RandomBytes(1, 5000), (await FetchAsync(sample, reader, blob)).Delivered.Single());
    }

    [Fact]
    public async Task A_blob_without_a_good_copy_is_an_error_and_never_other_bytes()
    {
        using var sample = await SampleRepository.CreateAsync();
        var (reader, blob, copies) = await StoreTwiceAsync(sample);
        foreach (var copy in copies) await sample.FlipAsync(new FileHandle(FileType.Pack, copy.Pack), 30);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => reader.ReadAsync(blob, Token));

        Assert.Contains(blob.Id.ToString(), error.Message, StringComparison.Ordinal);
        var fetched = await FetchAsync(sample, reader, blob);
        Assert.Empty(fetched.Delivered);
        Assert.Contains(blob.Id, fetched.Lost);
    }

    [Fact]
    public async Task An_impossible_length_in_the_index_is_damaged()
    {
        using var sample = await SampleRepository.CreateAsync();
        var (_, blob, copies) = await StoreTwiceAsync(sample);
        var index = new BlobIndex();
        index.Add(new IndexedPack(copies[0].Pack, [copies[0].Blob with { Length = uint.MaxValue }]));

        await Failing.ThrowsAsync(FailureKind.Damaged, () => new BlobReader(sample.Repository, index).ReadAsync(blob, Token));
    }

    private static async Task<Receiver> FetchAsync(SampleRepository sample, BlobReader reader, BlobHandle blob)
    {
        var receiver = new Receiver();
        await new BlobFetcher(sample.Repository, reader).FetchAsync([blob.Id, Id.Of([77])], receiver, workers: 1, Token);
        Assert.Contains(Id.Of([77]), receiver.Lost);
        return receiver;
    }

    /// <summary>The same blob in two packs, as two writers at once leave it.</summary>
    private static async Task<(BlobReader Reader, BlobHandle Blob, IReadOnlyList<BlobLocation> Copies)> StoreTwiceAsync(SampleRepository sample)
    {
        var id = default(Id);
        for (var i = 0; i < 2; i++)
        {
            await using var writer = new BlobWriter(sample.Repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);
            id = (await writer.SaveAsync(BlobType.Data, SyntheticTree.RandomBytes(1, 5000), Token)).Id;
            await writer.FlushAsync(Token);
        }

        var blob = new BlobHandle(BlobType.Data, id);
        var reader = new BlobReader(sample.Repository, await sample.Repository.LoadIndexAsync(Token));
        var copies = reader.Index.LocateAll(blob);
        Assert.Equal(2, copies.Count);
        return (reader, blob, copies);
    }

    private sealed class Receiver : IBlobReceiver
    {
        public List<byte[]> Delivered { get; } = [];

        public List<Id> Lost { get; } = [];

        public ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Delivered.Add(content.ToArray());
            return ValueTask.CompletedTask;
        }

        public void Lose(Id id, string why) => Lost.Add(id);
    }
}
