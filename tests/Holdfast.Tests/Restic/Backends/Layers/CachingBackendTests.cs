using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Layers;

public sealed class CachingBackendTests
{
    private readonly MemoryBackend _far = new();
    private readonly MemoryBackend _near = new();
    private readonly List<string> _notices = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FileType.Index)]
    [InlineData(FileType.Snapshot)]
    public async Task What_was_read_or_written_once_is_not_asked_for_again(FileType type)
    {
        var (count, backend) = Make();
        var (written, read) = (await StoreAsync(backend, type, 1), await StoreAsync(_far, type, 2));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(SyntheticTree.RandomBytes(1, 900), await backend.ReadAllAsync(written, Token));
            Assert.Equal(SyntheticTree.RandomBytes(2, 900), await backend.ReadAllAsync(read, Token));
        }

        Assert.Equal((1, 1), (count.Traffic.Writes, count.Traffic.Reads));
        var (again, next) = Make();
        await next.ReadAllAsync(read, Token);
        Assert.Equal(0, again.Traffic.Requests);
    }

    [Fact]
    public async Task The_trees_of_a_pack_come_with_one_request_and_data_are_not_kept()
    {
        var (count, backend) = Make();
        var pack = await StoreAsync(_far, FileType.Pack, 1);
        var buffer = new byte[100];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => backend.ReadTreesAsync(pack, 100 * i, new byte[100], Token)));
        await backend.ReadTreesAsync(pack, 200, buffer, Token);
        Assert.Equal(SyntheticTree.RandomBytes(1, 900)[200..300], buffer);
        Assert.Equal(1, count.Traffic.Reads);
        await backend.ReadAsync(pack, 200, buffer, Token);
        Assert.Equal(2, count.Traffic.Reads);
    }

    [Fact]
    public async Task A_copy_that_is_not_what_its_name_says_is_replaced()
    {
        var (_, backend) = Make();
        foreach (var type in new[] { FileType.Index, FileType.Pack })
        {
            var handle = await StoreAsync(_far, type, 1);
            await _near.WriteAsync(handle, new byte[900], Token);
            var buffer = new byte[900];
            if (type == FileType.Pack) await backend.ReadTreesAsync(handle, 0, buffer, Token);
            else buffer = await backend.ReadAllAsync(handle, Token);

            Assert.Equal(SyntheticTree.RandomBytes(1, 900), buffer);
            Assert.Equal(SyntheticTree.RandomBytes(1, 900), await _near.ReadAllAsync(handle, Token));
        }
    }

    [Fact]
    public async Task What_is_damaged_far_away_is_handed_on_as_it_is_and_not_kept()
    {
        var (_, backend) = Make();
        var handle = new FileHandle(FileType.Index, Id.Of([1]));
        await _far.WriteAsync(handle, new byte[10], Token);

        Assert.Equal(new byte[10], await backend.ReadAllAsync(handle, Token));
        Assert.Null(await _near.StatAsync(handle, Token));
    }

    [Fact]
    public async Task What_is_gone_from_the_storage_goes_from_the_copies()
    {
        var (_, backend) = Make();
        var (deleted, pruned) = (await StoreAsync(backend, FileType.Snapshot, 1), await StoreAsync(backend, FileType.Index, 2));
        var pack = await StoreAsync(_far, FileType.Pack, 3);
        await backend.ReadTreesAsync(pack, 0, new byte[10], Token);

        await backend.DeleteAsync(deleted, Token);
        await _far.DeleteAsync(pruned, Token);
        await _far.DeleteAsync(pack, Token);
        foreach (var type in new[] { FileType.Index, FileType.Pack })
            await foreach (var file in backend.ListAsync(type, Token)) Assert.Fail($"{file}");

        foreach (var handle in new[] { deleted, pruned, pack }) Assert.Null(await _near.StatAsync(handle, Token));
        await Failing.ThrowsAsync(FailureKind.NotFound, () => backend.ReadTreesAsync(pack, 0, new byte[10], Token));
    }

    [Fact]
    public async Task Without_room_for_copies_everything_works_and_is_told_once()
    {
        var count = new TrafficCount(_far);
        var full = new RecordingBackend(_near) { FailsAt = _ => true };
        var backend = new CachingBackend(count, full, _notices.Add);
        var (index, pack) = (await StoreAsync(_far, FileType.Index, 1), await StoreAsync(_far, FileType.Pack, 2));
        var buffer = new byte[10];

        await backend.ReadAllAsync(index, Token);
        await backend.ReadAllAsync(index, Token);
        await backend.ReadTreesAsync(pack, 5, buffer, Token);

        Assert.Equal(SyntheticTree.RandomBytes(2, 900)[5..15], buffer);
        Assert.Contains("no room", Assert.Single(_notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_folder_of_the_copies_is_made_when_the_first_is_kept()
    {
        using var temp = new TempDirectory();
        var count = new TrafficCount(_far);
        var index = await StoreAsync(_far, FileType.Index, 1);
        for (var run = 0; run < 2; run++)
        {
            var backend = new CachingBackend(count, new Holdfast.Restic.Backends.Local.LocalBackend(temp["cache/of this"]), _notices.Add);
            await backend.ReadAllAsync(index, Token);
        }

        Assert.Empty(_notices);
        Assert.Equal(1, count.Traffic.Reads);
    }

    [Fact]
    public async Task Who_keeps_a_copy_waits_until_somebody_else_has_made_the_folder()
    {
        var near = new SlowToCreate(_near);
        var backend = new CachingBackend(_far, near, _notices.Add);
        var first = StoreAsync(backend, FileType.Index, 1);
        var others = Enumerable.Range(2, 20).Select(seed => StoreAsync(backend, FileType.Index, seed)).ToList();
        near.Made.SetResult();
        var handles = await Task.WhenAll(others.Prepend(first));

        Assert.Empty(_notices);
        foreach (var handle in handles) Assert.NotNull(await _near.StatAsync(handle, Token));
    }

    /// <summary>Takes nothing before it is made.</summary>
    private sealed class SlowToCreate(IBackend inner) : LayeredBackend(inner)
    {
        internal TaskCompletionSource Made { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Task CreateAsync(CancellationToken cancellationToken) => Made.Task;

        public override Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            Made.Task.IsCompleted ? base.WriteAsync(handle, content, cancellationToken) : throw new HoldfastException(FailureKind.NoRepository, "it is not made yet");
    }

    private static async Task<FileHandle> StoreAsync(IBackend backend, FileType type, int seed)
    {
        var content = SyntheticTree.RandomBytes(seed, 900);
        var handle = new FileHandle(type, Id.Of(content));
        await backend.WriteAsync(handle, content, Token);
        return handle;
    }

    private (TrafficCount Count, CachingBackend Backend) Make()
    {
        var count = new TrafficCount(_far);
        return (count, new CachingBackend(count, _near, _notices.Add));
    }
}
