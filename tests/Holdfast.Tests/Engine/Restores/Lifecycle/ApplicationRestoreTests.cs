using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>The order of a restore in place, what is saved before, and what becomes of each failure.</summary>
public sealed class ApplicationRestoreTests : SupervisedRestoreTests
{
    [Fact]
    public async Task Stops_exchanges_and_starts_in_this_order_and_settles_the_journal()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Supervisor.OnStop = () => Assert.Equal("new", File.ReadAllText(Scene.At("config")));
        Supervisor.OnStart = _ => Assert.Equal("old", File.ReadAllText(Scene.At("config")));

        var (operation, result) = await RestoreAsync();

        Assert.Equal(["stop", "start"], Supervisor.Calls);
        Assert.Equal((OperationState.Done, null), (operation.State, operation.Undo));
        Assert.NotNull(result!.Safety);
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task What_appeared_after_the_plan_is_in_the_safety_snapshot()
    {
        await SaveFirstStateAsync("wal");
        File.Delete(Scene.At("config"));

        var (_, result) = await RestoreAsync(afterPlan: () => Scene.Temp.WriteFile("app/config", "precious"));

        Assert.Equal("old", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.Equal("precious", await SavedAsync(result!, "config"));
    }

    [Fact]
    public async Task What_was_written_until_the_stop_is_in_the_safety_snapshot()
    {
        await SaveFirstStateAsync("wal");
        Supervisor.OnStop = () =>
        {
            Scene.Temp.WriteFile("app/config", "written at the last moment");
            Scene.Execute("insert into t values('committed at the last moment')");
        };

        var (_, result) = await RestoreAsync();

        Assert.Equal("written at the last moment", await SavedAsync(result!, "config"));
        await SavedAsync(result!, "main.db");
        Assert.Equal("1", Ask("select count(*) from t where x like 'committed%'", Scene.Restored("main.db")));
        // The one that was made before the stop had nothing that this one has not.
        Assert.Equal(result!.Safety, Assert.Single(await SafetySnapshotsAsync()));
        Assert.Empty(result.Notices);
    }

    [Fact]
    public async Task What_was_gone_at_the_stop_is_in_the_first_safety_snapshot_which_then_stays_and_is_named()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "removed at the last moment");
        Supervisor.OnStop = () => File.Delete(Scene.At("config"));

        var (_, result) = await RestoreAsync();

        var first = Assert.Single(await SafetySnapshotsAsync(), id => id != result!.Safety);
        Assert.Contains(first, Assert.Single(result!.Notices), StringComparison.Ordinal);
        Assert.Equal("removed at the last moment", await SavedAsync(result with { Safety = first }, "config"));
    }

    [Fact]
    public async Task A_first_safety_snapshot_that_cannot_be_removed_is_told_of_and_fails_nothing()
    {
        await SaveFirstStateAsync("wal");
        Supervisor.OnStop = () => Scene.Temp.WriteFile("app/config", "written at the last moment");
        Scene.Backend.BeforeDelete = file => { if (file.Type == FileType.Snapshot) throw new HoldfastException(FailureKind.Failed, "nothing may be removed here"); };

        var (operation, result) = await RestoreAsync();

        Assert.Equal(OperationState.Done, operation.State);
        Assert.Contains("nothing may be removed here", Assert.Single(result!.Notices), StringComparison.Ordinal);
        Assert.Equal(2, (await SafetySnapshotsAsync()).Count);
    }

    [Fact]
    public async Task Where_the_repository_has_no_good_copy_of_what_is_there_the_old_file_is_kept()
    {
        await SaveFirstStateAsync("wal");
        First = await Scene.LatestAsync();
        Scene.Temp.WriteFile("app/config", "the present content");
        await Scene.BackupAsync();
        // The safety snapshot will say that it has this content, because the repository has it: but nobody can read it any more.
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("the present content"u8)));

        var (_, result) = await RestoreAsync();

        Assert.Equal("old", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.Equal("the present content", await File.ReadAllTextAsync(Assert.Single(result!.Kept).ToString(), Token));
        Assert.Contains(result.Notices, notice => notice.Contains("no good copy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_that_is_none_any_more_with_a_journal_beside_it_is_restored_and_kept()
    {
        await SaveFirstStateAsync("wal");
        var broken = SyntheticTree.RandomBytes(1, 20_000);
        await File.WriteAllBytesAsync(Scene.Database, broken, Token);
        // SQLite gives a journal the owner of its database whenever root opens it: somebody's writing looks otherwise.
        await File.WriteAllBytesAsync(Scene.Database + "-wal", SyntheticTree.RandomBytes(2, 8000), Token);

        var (_, result) = await RestoreAsync();

        Assert.Equal("old", Ask("select x from t", Scene.Database));
        Assert.Equal(broken, await File.ReadAllBytesAsync(Assert.Single(result!.Kept).ToString(), Token));
    }

    [Fact]
    public async Task Nothing_is_removed_below_a_folder_whose_list_cannot_be_read()
    {
        Scene.Temp.WriteFile("app/deep/one", "one");
        await SaveFirstStateAsync("wal");
        var tree = Assert.Single(await TreesAsync("deep"));
        await Scene.DamageAsync(new BlobHandle(BlobType.Tree, tree));
        var options = await Scene.OptionsAsync(inPlace: true) with { Delete = true };

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.Run(options).PlanAsync(Token));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Equal("one", await File.ReadAllTextAsync(Scene.At("deep/one"), Token));
    }

    [Fact]
    public async Task A_file_that_is_written_to_until_the_end_is_kept_and_named()
    {
        await SaveFirstStateAsync("wal");
        // At each snapshot that is written, the file has changed since it was read.
        Scene.Backend.BeforeWrite = file => { if (file.Type == FileType.Snapshot) File.AppendAllText(Scene.At("config"), " and more"); };

        var (_, result) = await RestoreAsync();

        Assert.Equal("old", await File.ReadAllTextAsync(Scene.At("config"), Token));
        var kept = Assert.Single(result!.Kept).ToString();
        Assert.StartsWith("old and more and more", await File.ReadAllTextAsync(kept, Token), StringComparison.Ordinal);
        Assert.Contains(result.Notices, notice => notice.Contains(kept, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_that_is_written_to_until_the_end_is_not_replaced()
    {
        await SaveFirstStateAsync("wal");
        Scene.Backend.BeforeWrite = file => { if (file.Type == FileType.Snapshot) Scene.Execute("insert into t values('confirmed')"); };

        await RestoreAsync(fails: "goes on writing to the database");

        Assert.NotEqual("0", Ask("select count(*) from t where x = 'confirmed'", Scene.Database));
        Assert.True(Supervisor.Runs);
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_it_does_not_start_the_old_state_is_back_and_it_runs_with_it()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Supervisor.OnStart = number => { if (number == 1) throw FakeSupervisor.Broken(); };

        var (operation, _) = await RestoreAsync(fails: "it does not start; the old state is back");

        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.True(Supervisor.Runs);
        Assert.Equal((OperationState.Failed, null), (operation.State, operation.Undo));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task What_was_committed_to_the_new_database_before_it_failed_is_set_aside_and_named()
    {
        await SaveFirstStateAsync("wal");
        Supervisor.OnStart = number =>
        {
            if (number != 1) return;
            LeaveWalBehind("update t set x = 'precious'");
            throw FakeSupervisor.Broken();
        };

        await RestoreAsync(fails: ".replaced\"");

        Assert.Equal("precious", Ask("select x from t", Assert.Single(Directory.GetFiles(Scene.App, "*.replaced"))));
    }

    [Fact]
    public async Task A_fault_of_the_program_puts_everything_back_as_well()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Supervisor.OnStart = number => { if (number == 1) throw new InvalidOperationException("a fault"); };

        var (operation, _) = await RestoreAsync(fails: "a fault");

        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.True(Supervisor.Runs);
        Assert.Null(operation.Undo);
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_it_starts_neither_with_the_new_state_nor_with_the_old_the_files_are_back_and_only_its_start_is_owed()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Supervisor.OnStart = _ => throw FakeSupervisor.Broken();

        var (operation, _) = await RestoreAsync(fails: "the old state is back, but the application does not work with it");

        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.Equal((OperationState.Failed, true), (operation.State, operation.IsStandstill));
        // Who restores again finds it as it was before the first attempt.
        Assert.True(InterruptedRestore.FoundBefore([operation])!.WasRunning);
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_it_cannot_be_stopped_again_nothing_is_put_back_below_it_and_the_journal_still_knows()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        var stops = 0;
        Supervisor.OnStart = _ => throw FakeSupervisor.Broken();
        Supervisor.OnStop = () => { if (++stops == 2) throw FakeSupervisor.Broken(); };

        var (operation, _) = await RestoreAsync(fails: "operations undo");

        Assert.NotNull(operation.Undo);
        Supervisor.OnStart = _ => { };
        Supervisor.OnStop = () => { };
        using var state = LocalState.Open(StateFolder);
        await using var running = RunningOperation.Resume(state, operation, Progress, TimeProvider.System);
        await running.RunAsync(
            _ => new InterruptedRestore(operation, Service(), TimeProvider.System).UndoAsync(running, Progress),
            _ => new OperationOutcome(OperationState.Undone) { Settles = true },
            Token);
        Assert.True(Supervisor.Runs);
        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.Null(new OperationJournal(state).Unsettled(operation.Place));
    }

    [Fact]
    public async Task Asked_to_stop_while_the_application_is_being_stopped_it_starts_it_again_and_says_so()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        using var stop = new CancellationTokenSource();
        Supervisor.OnStop = stop.Cancel;

        var (operation, _) = await RestoreAsync(fails: "interrupted; the old state is back", cancellationToken: stop.Token);

        Assert.True(Supervisor.Runs);
        Assert.Equal((OperationState.Cancelled, null), (operation.State, operation.Undo));
        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config"), Token));
        AssertOnly("config", "main.db");
    }

    private async Task<List<Id>> TreesAsync(string name)
    {
        var reader = new BlobReader(Scene.Repository, await Scene.Repository.LoadIndexAsync(Token));
        var found = new List<Id>();
        await foreach (var entry in new SnapshotWalk(reader, PathSelection.Everything).EntriesAsync((await Scene.LatestAsync()).Snapshot.Tree, Token))
            if (entry.Path == FilePath.From(Scene.At(name))) found.Add(entry.Node.Subtree!.Value);
        return found;
    }

    private async Task<List<string>> SafetySnapshotsAsync() =>
        [.. (await SnapshotFiles.LoadAllAsync(Scene.Repository, Token)).Readable.Where(stored => SafetyTag.IsOn(stored.Snapshot)).Select(stored => stored.Id.ToString())];

    /// <summary>What the safety snapshot has of a file, restored below the target.</summary>
    private async Task<string> SavedAsync(ApplicationRestoreResult result, string name)
    {
        var listing = await SnapshotFiles.LoadAllAsync(Scene.Repository, Token);
        var safety = listing.Readable.Single(stored => stored.Id.ToString() == result.Safety);
        Assert.Contains(SafetyTag.Value, safety.Snapshot.Tags);
        await Scene.RestoreAsync(new RestoreOptions
        {
            Snapshot = safety,
            Target = Scene.Target,
            Include = [FilePath.From(Scene.At(name))],
            Identity = Tester,
            Lock = false,
        });
        return await File.ReadAllTextAsync(Scene.Restored(name), Token);
    }
}
