using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Pruning;
using Holdfast.Tests.Restic.Repairing;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

/// <summary>Nothing is removed on the word of a storage alone.</summary>
public sealed class LyingStorageTests : IAsyncLifetime
{
    private SampleRepository _sample = null!;
    private LyingBackend _storage = null!;
    private Repository _repository = null!;
    private Id _hidden;
    private Id _blob;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleRepository.CreateAsync();
        _storage = new LyingBackend(_sample.Backend);
        _repository = await Repository.OpenAsync(_storage, SampleRepository.Passphrase, Token);
        var data = await _sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(1), Pruned.Content(2), Pruned.Content(3));
        _blob = data[1];
        await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(SampleRepository.File("a", 3000, _blob)));
        var other = await _sample.SaveBlobsAsync(BlobType.Data, Pruned.Content(4));
        _hidden = await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(SampleRepository.File("b", 3000, other[0])), day: 2);
    }

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(FileType.Pack, true)]
    [InlineData(FileType.Pack, false)]
    [InlineData(FileType.Index, true)]
    [InlineData(FileType.Index, false)]
    public async Task Prune_removes_no_original_whose_copy_was_not_stored(FileType type, bool isCut)
    {
        if (isCut) _storage.Cuts = handle => handle.Type == type;
        else _storage.Swallows = handle => handle.Type == type;
        var before = await ContentsAsync();

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.RunAsync(_repository));

        Assert.Contains("without complaint", error.Message, StringComparison.Ordinal);
        Assert.Superset(before, await ContentsAsync());
    }

    [Fact]
    public async Task A_rewritten_index_that_was_not_stored_leaves_the_old_ones()
    {
        // Nothing is copied: the first pack goes whole.
        foreach (var snapshot in await _sample.FilesAsync(FileType.Snapshot))
            if (snapshot.Id != _hidden) await _sample.Backend.DeleteAsync(snapshot, Token);
        var before = await ContentsAsync();
        _storage.Swallows = handle => handle.Type == FileType.Index;

        await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.RunAsync(_repository));

        Assert.Superset(before, await ContentsAsync());
    }

    [Theory]
    [InlineData(FileType.Pack)]
    [InlineData(FileType.Index)]
    public async Task Repair_removes_no_damaged_pack_whose_good_part_was_not_stored(FileType type)
    {
        var index = await _sample.Repository.LoadIndexAsync(Token);
        var pack = index.Locate(new BlobHandle(BlobType.Data, _blob))!.Value.Pack;
        await _sample.FlipAsync(new FileHandle(FileType.Pack, pack), 50);
        var before = await ContentsAsync();
        _storage.Swallows = handle => handle.Type == type;

        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repaired.PacksAsync(_repository, pack.ToString()));

        Assert.Superset(before, await ContentsAsync());
    }

    [Fact]
    public async Task A_snapshot_that_is_left_out_of_the_list_is_found_by_its_copy_near_by()
    {
        using var repository = await Repository.OpenAsync(new CachingBackend(_storage, new MemoryBackend(), Assert.Fail), SampleRepository.Passphrase, Token);
        Assert.True((await Pruned.PlanAsync(repository)).Snapshots == 2);
        _storage.Hides = handle => handle.Id == _hidden;

        Assert.Contains(_hidden, (await repository.ListAsync(FileType.Snapshot, Token)).Select(file => file.Handle.Id));
        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.RunAsync(repository));
        var found = await new RepositoryCheck(repository, new CheckOptions()).ExecuteAsync(Token);

        Assert.Contains($"does not list snapshot {_hidden.Short}", error.Message, StringComparison.Ordinal);
        Assert.Contains(found.Findings, finding => finding.Severity == CheckSeverity.Error && finding.Subject.File?.Id == _hidden);
    }

    [Fact]
    public async Task What_is_forgotten_elsewhere_goes_from_the_copies_and_prune_goes_on()
    {
        using var repository = await Repository.OpenAsync(new CachingBackend(_storage, new MemoryBackend(), Assert.Fail), SampleRepository.Passphrase, Token);
        Assert.True((await Pruned.PlanAsync(repository)).Snapshots == 2);
        await Pruned.ForgetAsync(_sample.Repository, _hidden);

        var (plan, result) = await Pruned.RunAsync(repository, Pruned.Thorough with { KnownSnapshots = [_hidden] });

        Assert.Equal(1, plan.Snapshots);
        Assert.True(result.RemovedPacks > 0);
        await Pruned.ExpectSoundAsync(repository);
    }

    [Fact]
    public async Task A_snapshot_that_this_machine_remembers_is_asked_for()
    {
        _storage.Hides = handle => handle.Id == _hidden;

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.RunAsync(_repository, Pruned.Thorough with { KnownSnapshots = [_hidden, Id.Random()] }));

        Assert.Contains($"does not list snapshot {_hidden.Short}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_only_the_second_list_has_stops_prune()
    {
        _storage.Hides = handle => handle.Id == _hidden;
        var plan = await Pruned.PlanAsync(_repository);
        Assert.NotEmpty(plan.Remove);
        _storage.Hides = _ => false;
        var before = await ContentsAsync();
        await using var held = await RepositoryLock.BeginAsync(_repository, exclusive: true, SampleRepository.Client, TimeProvider.System, Token);

        await Failing.ThrowsAsync(FailureKind.Failed, () => new PruneRun(_repository, plan, Pruned.Thorough, held, TimeProvider.System).ExecuteAsync(Token));

        Assert.Superset(before, await ContentsAsync());
    }

    [Fact]
    public async Task A_lock_that_is_removed_while_old_index_files_go_stops_that_at_the_next()
    {
        var hooked = new RecordingBackend(_sample.Backend);
        using var repository = await Repository.OpenAsync(hooked, SampleRepository.Passphrase, Token);
        var (indexes, packs) = (await _sample.FilesAsync(FileType.Index), await _sample.FilesAsync(FileType.Pack));
        hooked.KeepsAt = handle =>
        {
            if (handle.Type == FileType.Index)
                foreach (var held in _sample.FilesAsync(FileType.Lock).GetAwaiter().GetResult()) _sample.Backend.DeleteAsync(held, Token).GetAwaiter().GetResult();
            return false;
        };

        await Failing.ThrowsAsync(FailureKind.Failed, () => Pruned.RunAsync(repository));

        Assert.True(indexes.Count > 2);
        Assert.Single(hooked.Deleted, handle => handle.Type == FileType.Index);
        Assert.Superset(packs.ToHashSet(), (await _sample.FilesAsync(FileType.Pack)).ToHashSet());
    }

    private async Task<HashSet<FileHandle>> ContentsAsync() => [.. await _sample.FilesAsync(FileType.Pack), .. await _sample.FilesAsync(FileType.Index)];
}
