using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

/// <summary>Snapshots that nobody sees are not taken for snapshots that are not there.</summary>
public sealed class OutOfSightTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Snapshots => _temp["repository", "snapshots"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("bak")]
    [InlineData("tmp")]
    [InlineData("subfolder")]
    public async Task A_snapshot_of_another_name_stops_prune_and_is_a_hint_of_check(string how)
    {
        using var repository = await CreateAsync();
        var snapshot = Assert.Single(Directory.GetFiles(Snapshots));
        var moved = how switch
        {
            "bak" => snapshot + ".bak",
            "tmp" => snapshot + "-tmp-x",
            _ => Path.Combine(Directory.CreateDirectory(Path.Combine(Snapshots, "old")).FullName, Path.GetFileName(snapshot)),
        };
        File.Move(snapshot, moved);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, () => Pruned.PlanAsync(repository, Pruned.Thorough));
        var checkedThen = await new RepositoryCheck(repository, new CheckOptions()).ExecuteAsync(Token);

        var name = Path.GetRelativePath(Snapshots, moved).Split('/')[0];
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(name, Assert.Single(checkedThen.Findings).Message, StringComparison.Ordinal);
        Assert.False(checkedThen.HasErrors);
    }

    [Theory]
    [InlineData("snapshots")]
    [InlineData("index")]
    [InlineData("data")]
    public async Task A_folder_that_is_missing_stops_prune_and_is_damage(string folder)
    {
        using var repository = await CreateAsync();
        Directory.Move(_temp["repository", folder], _temp["elsewhere"]);

        var failed = await Assert.ThrowsAsync<HoldfastException>(() => Pruned.PlanAsync(repository, Pruned.Thorough));
        var found = await new RepositoryCheck(repository, new CheckOptions()).ExecuteAsync(Token);

        Assert.Equal(FailureKind.Damaged, failed.Kind);
        Assert.Contains(found.Findings, finding => finding.Severity == CheckSeverity.Error && finding.Message.Contains($"no folder {folder}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_any_snapshot_nothing_goes_unless_that_is_meant()
    {
        using var repository = await CreateAsync();
        File.Delete(Assert.Single(Directory.GetFiles(Snapshots)));

        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => Pruned.PlanAsync(repository, Pruned.Thorough with { AcceptsNoSnapshots = false }));

        Assert.Contains("--no-snapshots", error.Hint, StringComparison.Ordinal);
        Assert.NotEmpty((await Pruned.PlanAsync(repository)).Remove);
    }

    [Fact]
    public async Task The_rest_of_an_interrupted_write_is_in_nobodys_way()
    {
        using var repository = await CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(Snapshots, $"{new string('a', 64)}-tmp-0123456789abcdef"), "half", Token);

        Assert.True((await Pruned.PlanAsync(repository)).IsEmpty);
        await Pruned.ExpectSoundAsync(repository);
    }

    [Fact]
    public async Task A_lock_that_somebody_removed_stops_prune_before_anything_goes()
    {
        using var repository = await CreateAsync();
        await Pruned.SaveAgainAsync(repository, Pruned.Content(9));
        await using var held = await RepositoryLock.AcquireAsync(repository, exclusive: true, SampleRepository.Client, TimeProvider.System, Token);
        var plan = await Pruned.PlanAsync(repository);
        await LockFiles.RemoveAsync(repository, all: true, "elsewhere", TimeProvider.System, Token);
        var before = await repository.ListAsync(FileType.Pack, Token);

        await Failing.ThrowsAsync(FailureKind.Failed, () => new PruneRun(repository, plan, Pruned.Thorough, held, TimeProvider.System).ExecuteAsync(Token));

        Assert.NotEmpty(plan.Remove);
        Assert.Equal(before.Count, (await repository.ListAsync(FileType.Pack, Token)).Count);
    }

    [Fact]
    public async Task Storage_that_lets_nothing_be_removed_stops_prune_and_unlock_with_its_reason()
    {
        var refusing = new RecordingBackend(new LocalBackend(_temp["repository"])) { KeptKind = FailureKind.Refused };
        using var repository = await CreateAsync(refusing);
        await Pruned.SaveAgainAsync(repository, Pruned.Content(9));
        await RepositoryLock.BeginAsync(repository, exclusive: false, SampleRepository.Client, TimeProvider.System, Token);
        refusing.KeepsAt = _ => true;

        await Failing.ThrowsAsync(FailureKind.Refused, () => LockFiles.RemoveAsync(repository, all: true, "elsewhere", TimeProvider.System, Token));
        refusing.KeepsAt = _ => false;
        await LockFiles.RemoveAsync(repository, all: true, "elsewhere", TimeProvider.System, Token);
        refusing.KeepsAt = handle => handle.Type != FileType.Lock;
        await Failing.ThrowsAsync(FailureKind.Refused, () => Pruned.RunAsync(repository));
    }

    private async Task<Repository> CreateAsync(IBackend? backend = null)
    {
        var repository = await Repository.InitializeAsync(
            backend ?? new LocalBackend(_temp["repository"]), SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, TimeProvider.System, Token);
        var content = await SaveAsync(repository, BlobType.Data, Pruned.Content(1));
        var tree = await SaveAsync(repository, BlobType.Tree, TreeSerializer.Serialize([SampleRepository.File("a", 3000, content)]));
        var snapshot = new Snapshot { Time = Timestamp.Parse("2026-01-01T00:00:00Z"), Tree = tree, Paths = ["/"], Hostname = "host" };
        await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token);
        return repository;

        static async Task<Id> SaveAsync(Repository repository, BlobType type, ReadOnlyMemory<byte> blob)
        {
            await using var writer = new BlobWriter(repository, await repository.LoadIndexAsync(Token), TimeProvider.System, Task.CompletedTask);
            var id = (await writer.SaveAsync(type, blob, Token)).Id;
            await writer.FlushAsync(Token);
            return id;
        }
    }
}
