using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Blobs;

public sealed class IndexWriterTests : IAsyncLifetime
{
    private const int PackSize = 16 << 20;

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingBackend _backend = new(new MemoryBackend());
    private Repository _repository = null!;
    private int _packs;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int IndexFiles => _backend.Written.Count(handle => handle.Type == FileType.Index);

    public async ValueTask InitializeAsync() => _repository = await Repository.InitializeAsync(
        _backend, SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, _clock, Token);

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_512_MiB_are_listed_however_fast_they_were_stored()
    {
        var writer = new IndexWriter(_repository, _clock);
        await AddAsync(writer, 31);
        Assert.Equal(0, IndexFiles);
        await AddAsync(writer, 1);
        Assert.Equal(1, IndexFiles);
        await AddAsync(writer, 32);
        Assert.Equal(2, IndexFiles);
        Assert.Equal(64, (await _repository.LoadIndexAsync(Token)).Count);
    }

    [Fact]
    public async Task Every_minute_is_listed_however_little_was_stored()
    {
        var writer = new IndexWriter(_repository, _clock);
        for (var minute = 1; minute <= 5; minute++)
        {
            await AddAsync(writer, 1);
            _clock.Advance(TimeSpan.FromMinutes(1));
            await AddAsync(writer, 1);
            Assert.Equal(minute, IndexFiles);
        }
    }

    [Fact]
    public async Task A_long_and_large_backup_has_dozens_of_index_files_and_not_hundreds()
    {
        var writer = new IndexWriter(_repository, _clock);
        // A tebibyte in nine hours.
        for (var i = 0; i < 65536; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            await AddAsync(writer, 1);
        }

        Assert.InRange(IndexFiles, 20, 120);
    }

    [Fact]
    public async Task Nothing_new_is_no_index_file_and_the_rest_is_saved_at_the_end()
    {
        var writer = new IndexWriter(_repository, _clock);
        await writer.FlushAsync(Token);
        Assert.Equal(0, IndexFiles);
        await AddAsync(writer, 3);
        await writer.FlushAsync(Token);
        await writer.FlushAsync(Token);
        Assert.Equal(1, IndexFiles);
        Assert.Equal(3, (await _repository.LoadIndexAsync(Token)).Count);
    }

    private async Task AddAsync(IndexWriter writer, int packs)
    {
        for (var i = 0; i < packs; i++)
        {
            var id = Id.Of(BitConverter.GetBytes(_packs++));
            await writer.AddAsync(new IndexedPack(id, [new(new(BlobType.Data, id), 0, PackSize, 0)]), PackSize, Token);
        }
    }
}
