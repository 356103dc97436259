using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Testing;
using Holdfast.Tests.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Blobs;

public sealed class PackUploaderTests : IDisposable
{
    private const int BlobSize = 8 << 20;

    private readonly RecordingBackend _backend = new(new MemoryBackend());
    private readonly List<Repository> _repositories = [];
    private int _atOnce;
    private int _packs;
    private int _mostAtOnce;
    private Func<Task> _whileOnTheWay = () => Task.CompletedTask;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _repositories.ForEach(repository => repository.Dispose());

    [Fact]
    public async Task As_many_packs_are_sent_at_a_time_as_the_storage_has_connections()
    {
        var all = new TaskCompletionSource();
        var repository = await MakeAsync(connections: 3);
        Watch(async () =>
        {
            if (_packs == 3) all.TrySetResult();
            await all.Task.WaitAsync(Conditions.Deadline, Token);
        });
        await using var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);
        await SaveAsync(writer, 7);
        await writer.FlushAsync(Token);

        Assert.Equal(4, _packs);
        Assert.Equal(7, (await repository.LoadIndexAsync(Token)).Count);
    }

    [Fact]
    public async Task Never_are_more_sent_than_the_storage_has_connections()
    {
        var repository = await MakeAsync(connections: 2);
        var two = new TaskCompletionSource();
        _whileOnTheWay = async () =>
        {
            if (Volatile.Read(ref _atOnce) >= 2) two.TrySetResult();
            await two.Task.WaitAsync(Conditions.Deadline, Token);
        };
        Watch(() => Task.CompletedTask);
        await using var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);
        await SaveAsync(writer, 11);
        await writer.FlushAsync(Token);

        Assert.Equal(6, _packs);
        Assert.Equal(2, _mostAtOnce);
        await Pruned.ExpectSoundAsync(repository);
    }

    [Fact]
    public async Task However_many_save_at_once_only_so_many_packs_are_in_memory()
    {
        var mayWrite = new TaskCompletionSource();
        var repository = await MakeAsync(connections: 2);
        Watch(() => Task.CompletedTask);
        await using var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, mayWrite.Task);
        var saves = Enumerable.Range(0, 16).Select(i => writer.SaveAsync(BlobType.Data, Content(i), Token).AsTask()).ToList();

        var (done, sent) = (saves.Count(save => save.IsCompleted), _packs);

        mayWrite.SetResult();
        await Task.WhenAll(saves);
        // Two of these blobs fill a pack, and there is one for each connection.
        Assert.Equal(2 * 2, done);
        Assert.Equal(0, sent);
        await writer.FlushAsync(Token);
        Assert.Equal(8, _packs);
        await Pruned.ExpectSoundAsync(repository);
    }

    [Fact]
    public async Task A_failure_ends_all_who_wait_for_a_pack()
    {
        var mayWrite = new TaskCompletionSource();
        var repository = await MakeAsync(connections: 1);
        _backend.FailsAt = handle => handle.Type == FileType.Pack;
        await using var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, mayWrite.Task);
        var saves = Enumerable.Range(0, 16).Select(i => writer.SaveAsync(BlobType.Data, Content(i), Token).AsTask()).ToList();
        var waiting = saves.Count(save => !save.IsCompleted);

        mayWrite.SetResult();
        Assert.NotEqual(0, waiting);
        await Failing.ThrowsAsync(FailureKind.NoSpace, () => Task.WhenAll(saves).WaitAsync(Conditions.Deadline, Token));
    }

    [Fact]
    public async Task What_was_stored_before_a_failure_is_listed_and_not_sent_again()
    {
        var repository = await MakeAsync(connections: 1);
        Watch(() => Task.CompletedTask);
        _backend.FailsAt = handle => handle.Type == FileType.Pack && _packs == 2;
        await using (var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask, _ => Task.CompletedTask))
            await Failing.ThrowsAsync(FailureKind.NoSpace, () => SaveAsync(writer, 12));

        _backend.FailsAt = _ => false;
        var index = await repository.LoadIndexAsync(Token);
        Assert.Equal(4, Enumerable.Range(0, 12).Count(i => index.Contains(new BlobHandle(BlobType.Data, Id.Of(Content(i))))));
        await Pruned.ExpectSoundAsync(repository);
    }

    [Fact]
    public async Task Without_the_lock_nothing_is_listed_after_a_failure()
    {
        var repository = await MakeAsync(connections: 1);
        _backend.FailsAt = handle => handle.Type == FileType.Pack && _packs == 1;
        Watch(() => Task.CompletedTask);
        var isGone = new HoldfastException(FailureKind.Failed, "the lock is gone");
        await using (var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask, _ => throw isGone))
            await Failing.ThrowsAsync(FailureKind.NoSpace, () => SaveAsync(writer, 12));

        Assert.DoesNotContain(_backend.Written, handle => handle.Type == FileType.Index);
    }

    [Fact]
    public async Task Packs_that_a_writer_left_unlisted_are_found_by_their_headers_and_those_cut_off_are_not()
    {
        using var sample = await SampleRepository.CreateAsync();
        var known = await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        var (data, tree) = (await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(2)), await sample.SaveTreeAsync(SampleRepository.File("a", 3000, known[0])));
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(3));
        var index = await sample.Repository.LoadIndexAsync(Token);
        await sample.TruncateAsync(new FileHandle(FileType.Pack, index.Locate(new BlobHandle(BlobType.Data, Id.Of(Pruned.Content(3))))!.Value.Pack), 1);
        var first = index.Locate(new BlobHandle(BlobType.Data, known[0]))!.Value.Pack;
        foreach (var file in await sample.FilesAsync(FileType.Index))
            if ((await sample.Repository.LoadIndexFileAsync(file, Token))[0].Id != first) await sample.Backend.DeleteAsync(file, Token);

        index = await sample.Repository.LoadIndexAsync(Token);
        Assert.Equal(1, index.Count);
        Assert.Equal(2, await UnlistedUploads.ListAsync(sample.Repository, index, TimeProvider.System, _ => Task.CompletedTask, Token));

        Assert.True(index.Contains(new BlobHandle(BlobType.Data, data[0])));
        var stored = await sample.Repository.LoadIndexAsync(Token);
        Assert.True(stored.Contains(new BlobHandle(BlobType.Tree, tree)));
        Assert.Equal(3, stored.Count);
        Assert.Equal(0, await UnlistedUploads.ListAsync(sample.Repository, stored, TimeProvider.System, _ => Task.CompletedTask, Token));
    }

    [Fact]
    public async Task A_pack_that_a_power_cut_has_left_with_a_hole_is_not_listed()
    {
        using var sample = await SampleRepository.CreateAsync();
        await sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2));
        var pack = (await sample.FilesAsync(FileType.Pack))[0];
        foreach (var file in await sample.FilesAsync(FileType.Index)) await sample.Backend.DeleteAsync(file, Token);
        var content = await sample.Backend.ReadAllAsync(pack, Token);
        content.AsSpan(500, 2000).Clear();
        await sample.Backend.WriteAsync(pack, content, Token);

        var index = await sample.Repository.LoadIndexAsync(Token);
        Assert.Equal(0, await UnlistedUploads.ListAsync(sample.Repository, index, TimeProvider.System, _ => Task.CompletedTask, Token));

        Assert.Equal(0, index.Count);
        Assert.Empty(await sample.FilesAsync(FileType.Index));
    }

    private static byte[] Content(int i) => SyntheticTree.RandomBytes(i, BlobSize);

    private static async Task SaveAsync(BlobWriter writer, int blobs)
    {
        for (var i = 0; i < blobs; i++) await writer.SaveAsync(BlobType.Data, Content(i), Token);
    }

    private async Task<Repository> MakeAsync(int connections)
    {
        var repository = await Repository.InitializeAsync(
            new CountedBackend(this, new ConcurrencyLimit(_backend, connections)), SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, TimeProvider.System, Token);
        _repositories.Add(repository);
        return repository;
    }

    /// <summary>Counts the packs, and does something while each is sent.</summary>
    private void Watch(Func<Task> meanwhile) => _backend.BeforeWrite = async (handle, _) =>
    {
        if (handle.Type != FileType.Pack) return;
        Interlocked.Increment(ref _packs);
        await meanwhile();
    };

    /// <summary>Knows how many packs are on their way. Stands above the limit of the storage, which would hide what the uploader asks for.</summary>
    private sealed class CountedBackend(PackUploaderTests tests, IBackend inner) : LayeredBackend(inner)
    {
        public override async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            if (handle.Type != FileType.Pack)
            {
                await Inner.WriteAsync(handle, content, cancellationToken);
                return;
            }

            var now = Interlocked.Increment(ref tests._atOnce);
            lock (tests._repositories) tests._mostAtOnce = Math.Max(tests._mostAtOnce, now);
            await tests._whileOnTheWay();
            await Inner.WriteAsync(handle, content, cancellationToken);
            Interlocked.Decrement(ref tests._atOnce);
        }
    }
}
