using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Retention;
using Holdfast.Engine.State;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Retention;

/// <summary>What a forget remembers, and what a prune makes of it, in a repository with four snapshots of content of their own.</summary>
public sealed class ForgottenContentTests : IAsyncLifetime
{
    private readonly TempDirectory _temp = new();
    private readonly List<StoredSnapshot> _snapshots = [];
    private SampleRepository _sample = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FilePath State => FilePath.From(_temp["state"]);

    private Id Repository => _sample.Repository.Config.Id;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleRepository.CreateAsync();
        for (var day = 1; day <= 4; day++)
        {
            var content = await _sample.SaveBlobsAsync(BlobType.Data, [(byte)day]);
            await _sample.SaveSnapshotAsync(await _sample.SaveTreeAsync(SampleRepository.File("a", 1, content[0])), day);
        }

        _snapshots.AddRange((await ListAsync()).OrderBy(stored => stored.Snapshot.Time));
    }

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_content_that_was_proven_and_went_unseen_stops_a_prune()
    {
        Prove(_snapshots[0]);
        Prove(_snapshots[2]);
        await _sample.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, _snapshots[0].Id), Token);
        var packs = await _sample.FilesAsync(FileType.Pack);

        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => PruneAsync());

        Assert.Contains(_snapshots[0].Id.Short, error.Message, StringComparison.Ordinal);
        Assert.Equal(packs, await _sample.FilesAsync(FileType.Pack));
        await PruneAsync(removesProven: true);
        Assert.NotEqual(packs, await _sample.FilesAsync(FileType.Pack));
    }

    [Fact]
    public async Task A_proof_of_the_same_repository_at_another_address_stops_a_prune_too()
    {
        Prove(_snapshots[0], location: "rest:https://elsewhere/");
        await _sample.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, _snapshots[0].Id), Token);

        await Failing.ThrowsAsync(FailureKind.Failed, () => PruneAsync());
    }

    [Fact]
    public async Task What_was_proven_and_is_forgotten_here_is_freed()
    {
        foreach (var stored in _snapshots) Prove(stored);

        Assert.NotEmpty((await Prune().PlanWithoutAsync(_snapshots[..3], Token)).Remove);
        Assert.Equal(3, (await ForgetAsync()).Removed.Count);
        var (plan, _) = await PruneAsync();

        Assert.NotEmpty(plan.Remove);
        Assert.Equal(_snapshots[..3].Select(stored => stored.Id).Order(), ForgottenSnapshots.OriginsOf(State, Repository, _ => { }).Order());
        Assert.Empty(ForgottenSnapshots.OriginsOf(State, Id.Of("another"u8), _ => { }));
    }

    [Fact]
    public async Task A_content_that_another_snapshot_has_is_not_forgotten_with_one_of_them()
    {
        await _sample.SaveSnapshotAsync(_snapshots[0].Snapshot.Tree, day: 9);
        foreach (var stored in await ListAsync()) Prove(stored);
        await ForgetAsync();
        var last = Assert.Single(await ListAsync());
        await _sample.SaveSnapshotAsync(_snapshots[1].Snapshot.Tree, day: 10);
        await _sample.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, last.Id), Token);

        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => PruneAsync());

        Assert.Contains("is in no snapshot any more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_proven_after_it_was_forgotten_is_guarded_again()
    {
        Prove(_snapshots[0]);
        await ForgetAsync();
        Prove(_snapshots[0]);

        await Failing.ThrowsAsync(FailureKind.Failed, () => PruneAsync());
    }

    [Fact]
    public async Task What_an_older_program_has_forgotten_is_known_from_the_journal()
    {
        Prove(_snapshots[0]);
        using (var state = LocalState.Open(State))
        {
            state.Execute("drop table forgotten_snapshots");
            var version = state.Query("pragma user_version", row => row.GetInt64(0))[0];
            state.Execute($"pragma user_version = {version - 1}");
            state.Execute(
                "insert into operations(application, place, kind, state, started, owner_id, owner_start, boot, user, program, title, result) values('', '', 'forget', 'done', '', 1, 1, '', '', '', '', $result)",
                ("$result", $$"""{"removed":["{{_snapshots[0].Id}}"],"left":0}"""));
        }

        await _sample.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, _snapshots[0].Id), Token);

        Assert.NotEmpty((await PruneAsync()).Plan.Remove);
    }

    private async Task<IReadOnlyList<StoredSnapshot>> ListAsync() => (await SnapshotFiles.LoadAllAsync(_sample.Repository, Token)).Readable;

    private void Prove(StoredSnapshot stored, string location = "here")
    {
        using var state = LocalState.Open(State);
        new ProofStore(state).Record(new DrillRecord
        {
            Repository = Repository,
            Location = location,
            Snapshot = stored.Id,
            Tree = stored.Snapshot.Tree,
            Proven = true,
            At = DateTimeOffset.UnixEpoch,
            Duration = TimeSpan.FromSeconds(1),
            Program = "test",
            ChecksJson = "[]",
        });
    }

    /// <summary>All but the newest.</summary>
    private async Task<ForgetResult> ForgetAsync()
    {
        var planner = new RetentionPlanner(new RetentionOptions { Policy = new KeepPolicy { Last = 1 } }, ProofBook.Empty, TimeProvider.System);
        var run = new ForgetRun(_sample.Repository, planner.Plan, SampleRepository.Client, TimeProvider.System, new OperationProgress(), _ => { }) { StateFolder = State };
        return await run.ExecuteAsync(shown: null, Token);
    }

    private Task<(PrunePlan Plan, PruneResult Result)> PruneAsync(bool removesProven = false) => Prune(removesProven).ExecuteAsync(Token);

    private PruneJob Prune(bool removesProven = false)
    {
        ProofBook book;
        using (var state = LocalState.Open(State)) book = new ProofStore(state).LoadForRemoval(Repository, "here");
        var options = new PruneJobOptions
        {
            Prune = new PruneOptions { MaximumUnused = new UnusedLimit.Bytes(0) },
            Scope = new OperationScope { Application = ApplicationKey.None, StateFolder = State, User = "test", Program = "test" },
            Identity = SampleRepository.Client,
            Proofs = book,
            RemovesProven = removesProven,
            Notice = _ => { },
        };
        return new PruneJob(_sample.Repository, options, TimeProvider.System, new OperationProgress());
    }
}
