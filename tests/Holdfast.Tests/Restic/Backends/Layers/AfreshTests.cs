using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Tests.Restic.Pruning;
using Holdfast.Tests.Restic.Repairing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Layers;

/// <summary>Whoever judges a storage that is far away asks the storage, however good the copies near by are.</summary>
public sealed class AfreshTests : IAsyncLifetime
{
    private readonly MemoryBackend _near = new();
    private SampleRepository _sample = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleRepository.CreateAsync();
        var data = await _sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(SampleRepository.File("a", 3000, data[0])));
        using var repository = await OpenAsync();
        Assert.Empty(await FindingsAsync(repository));
    }

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(FileType.Index)]
    [InlineData(FileType.Snapshot)]
    [InlineData(FileType.Pack)]
    public async Task Check_finds_damage_behind_good_copies(FileType type)
    {
        foreach (var file in await _sample.FilesAsync(type)) await _sample.FlipAsync(file, 20);
        using var repository = await OpenAsync();
        Assert.Single((await SnapshotFiles.LoadAllAsync(repository, Token)).Readable);

        var findings = await FindingsAsync(repository);

        Assert.Contains(findings, finding => finding.Contains("damaged", StringComparison.Ordinal) || finding.Contains("tree", StringComparison.Ordinal));
        Assert.Equal(await FindingsAsync(_sample.Repository), findings);
    }

    [Fact]
    public async Task What_was_only_sent_is_read_back()
    {
        using var repository = await OpenAsync();
        var sent = await repository.SaveDocumentAsync(FileType.Snapshot, "{}"u8.ToArray(), Token);
        await _sample.TruncateAsync(new FileHandle(FileType.Snapshot, sent), 5);

        Assert.Contains(await FindingsAsync(repository), finding => finding.Contains(sent.Short, StringComparison.Ordinal) && finding.Contains("does not match its name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_file_is_read_from_the_storage_once()
    {
        var count = new TrafficCount(_sample.Backend);
        var fresh = new CachingBackend(count, _near, Assert.Fail).Afresh();
        var (index, pack) = ((await _sample.FilesAsync(FileType.Index))[0], (await _sample.FilesAsync(FileType.Pack))[0]);
        for (var i = 0; i < 3; i++)
        {
            await fresh.ReadAllAsync(index, Token);
            await fresh.ReadTreesAsync(pack, 10 * i, new byte[10], Token);
        }

        Assert.Equal(2, count.Traffic.Reads);
    }

    [Fact]
    public async Task Repair_mends_what_is_damaged_behind_good_copies()
    {
        foreach (var file in await _sample.FilesAsync(FileType.Index)) await _sample.FlipAsync(file, 20);
        using var repository = await OpenAsync();

        var (plan, _) = await Repaired.IndexAsync(repository);

        Assert.NotEmpty(plan.Damaged);
        await Pruned.ExpectSoundAsync(_sample.Repository);
    }

    private Task<Repository> OpenAsync() => Repository.OpenAsync(new CachingBackend(_sample.Backend, _near, Assert.Fail), SampleRepository.Passphrase, Token);

    private static async Task<List<string>> FindingsAsync(Repository repository) =>
        [.. (await new RepositoryCheck(repository, new CheckOptions()).ExecuteAsync(Token)).Findings.Select(finding => $"{finding.Subject} {finding.Message}")];
}
