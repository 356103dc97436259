using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Blobs;

public sealed class BlobWriterTests : IAsyncLifetime
{
    private readonly RecordingBackend _backend = new(new MemoryBackend());
    private Repository _repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _repository = await Repository.InitializeAsync(
        _backend, SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, TimeProvider.System, Token);

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_blob_is_stored_once_and_read_back_by_any_reader()
    {
        var content = new byte[10_000];
        await using (var writer = new BlobWriter(_repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask))
        {
            var first = await writer.SaveAsync(BlobType.Data, content, Token);
            var again = await writer.SaveAsync(BlobType.Data, content, Token);
            var asTree = await writer.SaveAsync(BlobType.Tree, content, Token);
            Assert.Equal((true, false, true), (first.IsNew, again.IsNew, asTree.IsNew));
            Assert.Equal((first.Id, 0), (again.Id, again.StoredLength));
            Assert.InRange(first.StoredLength, 33, 1000);
            await writer.FlushAsync(Token);
        }

        var index = await _repository.LoadIndexAsync(Token);
        Assert.Equal(2, index.Count);
        Assert.Equal(content, await new BlobReader(_repository, index).ReadAsync(new BlobHandle(BlobType.Data, Id.Of(content)), Token));
        await using var later = new BlobWriter(_repository, index, TimeProvider.System, Task.CompletedTask);
        Assert.False((await later.SaveAsync(BlobType.Data, content, Token)).IsNew);
        await later.FlushAsync(Token);
        // Nothing new: neither a pack nor an index was written again.
        Assert.Equal([FileType.Key, FileType.Config, FileType.Pack, FileType.Pack, FileType.Index], _backend.Written.Select(handle => handle.Type));
    }

    [Fact]
    public async Task No_index_lists_a_pack_that_is_not_written_and_packs_end_near_16_MiB()
    {
        _backend.BeforeWrite = async (handle, _) =>
        {
            if (handle.Type != FileType.Index) return;
            var written = _backend.Written.Where(file => file.Type == FileType.Pack).Select(file => file.Id).ToHashSet();
            Assert.NotEmpty(written);
            await Task.CompletedTask;
        };
        await using (var writer = new BlobWriter(_repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask))
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, 60), Token, async (i, token) => await writer.SaveAsync(BlobType.Data, SyntheticTree.RandomBytes(i, 700_000), token));
            await writer.FlushAsync(Token);
        }

        var order = _backend.Written.Select(handle => handle.Type).SkipWhile(type => type != FileType.Pack).ToList();
        Assert.Equal([FileType.Pack, FileType.Pack, FileType.Pack, FileType.Index], order);
        var sizes = (await _repository.ListAsync(FileType.Pack, Token)).Select(file => file.Size).Order().ToList();
        Assert.All(sizes.Skip(1), size => Assert.InRange(size, 16 << 20, (16 << 20) + 710_000));
        var result = await new RepositoryCheck(_repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);
        Assert.Empty(result.Findings);
        Assert.Equal(60, result.Blobs);
    }

    [Fact]
    public async Task Many_small_blobs_fill_several_index_files_each_after_its_packs()
    {
        var listed = new List<Id>();
        _backend.BeforeWrite = async (handle, content) =>
        {
            if (handle.Type != FileType.Index) return;
            var stored = (await _repository.ListAsync(FileType.Pack, Token)).Select(file => file.Handle.Id).ToHashSet();
            using var lease = _repository.Codecs.Rent();
            var packs = IndexDocument.Parse(lease.Codec.TryDecodeDocument(content.Span, mayBeCompressed: true), mayBeCompressed: true);
            Assert.Subset(stored, packs.Select(pack => pack.Id).ToHashSet());
            listed.AddRange(packs.Select(pack => pack.Id));
        };
        var clock = new ManualTimeProvider();
        await using (var writer = new BlobWriter(_repository, new BlobIndex(), clock, Task.CompletedTask))
        {
            for (var i = 0; i < 30_000; i++) await writer.SaveAsync(BlobType.Tree, BitConverter.GetBytes(i), Token);
            for (var i = 0; i < 50; i++)
            {
                // An index file is saved after ten minutes too.
                if (i == 25) clock.Advance(TimeSpan.FromMinutes(11));
                await writer.SaveAsync(BlobType.Data, SyntheticTree.RandomBytes(i, 700_000), Token);
            }

            await writer.FlushAsync(Token);
        }

        Assert.Equal(2, _backend.Written.Count(handle => handle.Type == FileType.Index));
        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Equal(30_050, (await _repository.LoadIndexAsync(Token)).Count);
    }

    [Theory]
    [InlineData(FileType.Pack)]
    [InlineData(FileType.Index)]
    public async Task A_full_disk_fails_the_flush_and_the_writer_for_good(FileType type)
    {
        _backend.FailsAt = handle => handle.Type == type;
        await using var writer = new BlobWriter(_repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);
        await writer.SaveAsync(BlobType.Data, new byte[100], Token);
        Assert.Null(writer.Failure);

        await Failing.ThrowsAsync(FailureKind.NoSpace, () => writer.FlushAsync(Token));

        Assert.NotNull(writer.Failure);
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.FlushAsync(Token));
        Assert.DoesNotContain(_backend.Written, handle => handle.Type == FileType.Index);
    }

    [Fact]
    public async Task A_full_disk_fails_the_saving_of_what_follows()
    {
        _backend.FailsAt = handle => handle.Type == FileType.Pack;
        await using var writer = new BlobWriter(_repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);

        await Failing.ThrowsAsync(FailureKind.NoSpace, async () =>
        {
            for (var i = 0; i < 200; i++) await writer.SaveAsync(BlobType.Data, SyntheticTree.RandomBytes(i, 1 << 20), Token);
        });

        Assert.NotNull(writer.Failure);
    }
}
