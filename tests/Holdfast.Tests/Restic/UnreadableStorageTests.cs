using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Restic;

/// <summary>A bad sector concerns one file, and the rest goes on; storage that cannot be reached says nothing about what is stored.</summary>
public sealed class UnreadableStorageTests : IAsyncLifetime
{
    private SampleRepository _sample = null!;
    private RecordingBackend _backend = null!;
    private Repository _repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleRepository.CreateAsync();
        _backend = new RecordingBackend(_sample.Backend);
        _repository = await Repository.OpenAsync(_backend, SampleRepository.Passphrase, Token);
    }

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_bad_sector_is_told_as_what_it_is_and_another_copy_is_used()
    {
        var (reader, blob) = await StoreTwiceAsync();
        var first = reader.Index.LocateAll(blob)[0].Pack;
        _backend.ReadFailsAt = handle => handle.Id == first ? FailureKind.Failed : null;
        Assert.Equal(100, (await reader.ReadAsync(blob, Token)).Length);
        Assert.Equal(1, (await FetchAsync(reader, blob)).Delivered);

        _backend.ReadFailsAt = handle => handle.Type == FileType.Pack ? FailureKind.Failed : null;
        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => reader.ReadAsync(blob, Token));
        Assert.Contains("cannot be read from pack", error.Message, StringComparison.Ordinal);
        Assert.Contains("the disk says so", error.Message, StringComparison.Ordinal);
        Assert.Contains("the disk says so", (await FetchAsync(reader, blob)).Lost, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_that_is_unavailable_is_never_told_as_damage()
    {
        var (reader, blob) = await StoreTwiceAsync();
        await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(SampleRepository.File("a", 100, blob.Id)));
        _backend.ReadFailsAt = handle => handle.Type == FileType.Pack ? FailureKind.Unavailable : null;

        await Failing.ThrowsAsync(FailureKind.Unavailable, () => reader.ReadAsync(blob, Token));
        await Failing.ThrowsAsync(FailureKind.Unavailable, () => FetchAsync(reader, blob));
        await Failing.ThrowsAsync(FailureKind.Unavailable, () => CheckAsync(readData: false));
        await Failing.ThrowsAsync(FailureKind.Unavailable, () => CheckAsync(readData: true));
        foreach (var type in new[] { FileType.Key, FileType.Snapshot, FileType.Index })
        {
            _backend.ReadFailsAt = handle => handle.Type == type ? FailureKind.Unavailable : null;
            await Failing.ThrowsAsync(FailureKind.Unavailable, () => CheckAsync(readData: false));
        }
    }

    [Fact]
    public async Task A_snapshot_file_that_cannot_be_read_is_named_and_the_others_are_listed()
    {
        var tree = await _sample.SaveTreeAsync();
        var bad = await _sample.SaveSnapshotAsync(tree);
        var good = await _sample.SaveSnapshotAsync(tree, day: 2);
        var odd = await _repository.SaveDocumentAsync(FileType.Snapshot, "[]"u8.ToArray(), Token);
        _backend.ReadFailsAt = handle => handle.Id == bad ? FailureKind.Failed : null;

        var listing = await SnapshotFiles.LoadAllAsync(_repository, Token);

        Assert.Equal(good, Assert.Single(listing.Readable).Id);
        Assert.Equal(new HashSet<Id> { bad, odd }, listing.Damaged.Select(snapshot => snapshot.Id).ToHashSet());
        Assert.All(listing.Damaged, snapshot => Assert.Contains(snapshot.Id.Short, snapshot.Why, StringComparison.Ordinal));
        var result = await CheckAsync(readData: false);
        Assert.Equal(3, result.Snapshots);
        Assert.Equal(2, result.Findings.Count(finding => finding.Subject.File?.Type == FileType.Snapshot));

        _backend.ReadFailsAt = handle => handle.Id == bad ? FailureKind.Unavailable : null;
        await Failing.ThrowsAsync(FailureKind.Unavailable, () => SnapshotFiles.LoadAllAsync(_repository, Token));
    }

    [Fact]
    public async Task A_damaged_index_is_named_once_with_what_to_do()
    {
        var index = await _repository.SaveDocumentAsync(FileType.Index, """{"packs":[{"blobs":[]}]}"""u8.ToArray(), Token);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => _repository.LoadIndexAsync(Token));

        Assert.Equal($"index {index.Short} is damaged: its JSON does not decode: a pack has no ID", error.Message);
        Assert.Contains("holdfast repair index", error.Hint, StringComparison.Ordinal);
        await _sample.FlipAsync(new FileHandle(FileType.Index, index), 3);
        error = await Failing.ThrowsAsync(FailureKind.Damaged, () => _repository.LoadIndexAsync(Token));
        Assert.Equal($"index {index.Short} is damaged: its content does not match its name", error.Message);
    }

    private Task<CheckResult> CheckAsync(bool readData) =>
        new RepositoryCheck(_repository, new CheckOptions { ReadData = readData }).ExecuteAsync(Token);

    private async Task<Receiver> FetchAsync(BlobReader reader, BlobHandle blob)
    {
        var receiver = new Receiver();
        await new BlobFetcher(_repository, reader).FetchAsync([blob.Id], receiver, workers: 1, Token);
        return receiver;
    }

    private async Task<(BlobReader Reader, BlobHandle Blob)> StoreTwiceAsync()
    {
        var id = default(Id);
        for (var i = 0; i < 2; i++)
        {
            await using var writer = new BlobWriter(_repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);
            id = (await writer.SaveAsync(BlobType.Data, new byte[100], Token)).Id;
            await writer.FlushAsync(Token);
        }

        return (new BlobReader(_repository, await _repository.LoadIndexAsync(Token)), new BlobHandle(BlobType.Data, id));
    }

    private sealed class Receiver : IBlobReceiver
    {
        public int Delivered { get; private set; }

        public string Lost { get; private set; } = string.Empty;

        public ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Delivered++;
            return ValueTask.CompletedTask;
        }

        public void Lose(Id id, string why) => Lost += why;
    }
}
