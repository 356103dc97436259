using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Tests.Restic.Pruning;
using Holdfast.Tests.Restic.Repairing;
using Xunit;

namespace Holdfast.Tests.Restic.Snapshots;

/// <summary>A snapshot that the storage lists and does not give is not one that somebody has forgotten.</summary>
public sealed class SnapshotFilesTests : IAsyncLifetime
{
    private SampleRepository _sample = null!;
    private RecordingBackend _backend = null!;
    private Repository _repository = null!;
    private Id _snapshot;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleRepository.CreateAsync();
        _backend = new RecordingBackend(_sample.Backend);
        _repository = await Repository.OpenAsync(_backend, SampleRepository.Passphrase, Token);
        var data = await _sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1));
        _snapshot = await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(SampleRepository.File("a", 3000, data[0])));
        await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(), day: 2);
    }

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task One_that_is_listed_and_does_not_exist_is_damaged_for_everybody()
    {
        Hide();

        var damaged = Assert.Single((await SnapshotFiles.LoadAllAsync(_repository, Token)).Damaged);
        var found = await new RepositoryCheck(_repository, new CheckOptions()).ExecuteAsync(Token);
        var (repair, _) = await Repaired.SnapshotsAsync(_repository, forget: false);

        Assert.Equal(_snapshot, damaged.Id);
        Assert.Contains("listed by the storage", damaged.Why, StringComparison.Ordinal);
        Assert.Contains(found.Findings, finding => finding.Severity == CheckSeverity.Error && finding.Subject.File?.Id == _snapshot);
        Assert.Equal(_snapshot, Assert.Single(repair.Unreadable).Id);
    }

    [Fact]
    public async Task Prune_leaves_what_it_needs()
    {
        Hide();
        var packs = await _sample.FilesAsync(FileType.Pack);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.RunAsync(_repository));

        Assert.Contains("nothing was removed", error.Message, StringComparison.Ordinal);
        Assert.Equal(packs.Count, (await _sample.FilesAsync(FileType.Pack)).Count);
        _backend.ReadFailsAt = _ => null;
        await Pruned.ExpectSoundAsync(_repository);
    }

    [Fact]
    public async Task One_that_somebody_forgets_meanwhile_is_gone_but_not_under_an_exclusive_lock()
    {
        _backend.ReadFailsAt = handle =>
        {
            if (handle.Id != _snapshot) return null;
            _sample.Backend.DeleteAsync(handle, Token).GetAwaiter().GetResult();
            return FailureKind.NotFound;
        };

        var listing = await SnapshotFiles.LoadAllAsync(_repository, Token);
        Assert.Equal((1, 0), (listing.Readable.Count, listing.Damaged.Count));
        _snapshot = listing.Readable[0].Id;
        Assert.Single((await SnapshotFiles.LoadAllExclusivelyAsync(_repository, Token)).Damaged);
    }

    private void Hide() => _backend.ReadFailsAt = handle => handle.Id == _snapshot ? FailureKind.NotFound : null;
}
