using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>A restore that got as far as one of its phases and no further: what is said of it, and both of its ends.</summary>
public sealed class InterruptedRestoreTests : InPlaceTests
{
    private readonly FakeSupervisor _supervisor = new();
    private readonly OperationProgress _progress = new();
    private FileIdentity _before;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_anything_was_changed_there_is_nothing_to_undo_and_all_to_do()
    {
        var operation = await InterruptAsync(null);
        var interrupted = Interrupted(operation);

        Assert.Equal("nothing was changed yet", UnsettledOperation.Situation(operation));
        Assert.True(interrupted.MustStartOver);
        Assert.Contains("nothing to undo", await UndoAsync(operation), StringComparison.Ordinal);
        Assert.Empty(_supervisor.Calls);
        AssertState("new");
    }

    [Fact]
    public async Task Stopped_but_not_changed_the_application_is_started_again_by_undo()
    {
        var operation = await InterruptAsync(ExchangePhase.Staged);
        var interrupted = Interrupted(operation);

        Assert.Contains("nothing was changed yet, but the application may stand still", UnsettledOperation.Situation(operation), StringComparison.Ordinal);
        Assert.True(interrupted.MustStartOver);
        Assert.True(interrupted.Found!.WasRunning);
        Assert.StartsWith("the old state is back: the application was started", await UndoAsync(operation), StringComparison.Ordinal);
        Assert.Equal(["start"], _supervisor.Calls);
        AssertState("new");
        // What was staged belongs to a process that lives here, so it stays; the journal knows where to look for it.
        Assert.Contains(FilePath.From(Scene.App), ExchangeDocument.Parse(operation.Undo!).Folders);
    }

    [Theory]
    [InlineData(nameof(ExchangePhase.Exchanging), "it must not run like that")]
    [InlineData(nameof(ExchangePhase.Exchanged), "it is not known yet whether the application works with it")]
    public async Task Exchanged_undo_brings_the_old_state_back_and_the_application_runs_with_it(string phase, string said)
    {
        var operation = await InterruptAsync(Enum.Parse<ExchangePhase>(phase));
        AssertState("old");

        Assert.EndsWith(said, UnsettledOperation.Situation(operation), StringComparison.Ordinal);
        Assert.False(Interrupted(operation).MustStartOver);
        _supervisor.OnStart = _ => AssertState("new");
        Assert.Contains("the old state is back", await UndoAsync(operation), StringComparison.Ordinal);

        Assert.Equal(["stop", "start"], _supervisor.Calls);
        AssertState("new");
        AssertOnly("config", "main.db");
    }

    [Theory]
    [InlineData(nameof(ExchangePhase.Exchanging))]
    [InlineData(nameof(ExchangePhase.Exchanged))]
    public async Task Exchanged_resume_goes_on_to_the_new_state(string phase)
    {
        var operation = await InterruptAsync(Enum.Parse<ExchangePhase>(phase));
        _supervisor.OnStart = _ => AssertState("old");

        var result = await FinishAsync(operation);

        Assert.Equal(["stop", "start"], _supervisor.Calls);
        Assert.Equal((1, 1), (result.Files, result.Databases));
        Assert.NotNull(result.Safety);
        Assert.StartsWith("the application was started", result.Service, StringComparison.Ordinal);
        AssertState("old");
        AssertOnly("config", "main.db");
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(nameof(ExchangePhase.Staged), true)]
    [InlineData(nameof(ExchangePhase.Exchanging), true)]
    [InlineData(nameof(ExchangePhase.Exchanged), true)]
    [InlineData(nameof(ExchangePhase.Accepted), false)]
    public async Task Advised_is_only_what_can_be_done(string? phase, bool canBeUndone)
    {
        var operation = await InterruptAsync(phase is null ? null : Enum.Parse<ExchangePhase>(phase));
        string[] advice = [UnsettledOperation.Advice(operation), UnsettledOperation.Refusal(operation).Hint!];
        Assert.All(advice, text => Assert.Contains($"`holdfast operations resume {operation.Number}` finishes it", text, StringComparison.Ordinal));
        Assert.All(advice, text => Assert.Equal(canBeUndone, text.Contains("operations undo", StringComparison.Ordinal)));
        Assert.All(advice, text => Assert.Equal(!canBeUndone, text.Contains("holdfast rollback", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(nameof(ExchangePhase.Exchanging))]
    [InlineData(nameof(ExchangePhase.Exchanged))]
    [InlineData(nameof(ExchangePhase.Accepted))]
    public async Task What_was_lost_before_it_was_interrupted_is_told_by_who_goes_on(string phase)
    {
        Scene.Temp.WriteFile("app/lost", "lost content");
        var operation = await InterruptAsync(Enum.Parse<ExchangePhase>(phase), async () =>
        {
            await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("lost content"u8)));
            Scene.Temp.WriteFile("app/lost", "present content");
        });

        var result = await FinishAsync(operation);

        Assert.Contains("lost\" was not restored", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.True(result.IsPartial);
        Assert.True(result.FoundDamage);
        Assert.Equal(phase == nameof(ExchangePhase.Accepted), result.DownSeconds is null);
        Assert.Equal("present content", await File.ReadAllTextAsync(Scene.At("lost"), Token));
    }

    [Fact]
    public async Task Resumed_without_success_it_ends_with_the_old_state_and_nothing_owed()
    {
        var operation = await InterruptAsync(ExchangePhase.Exchanged);
        var starts = 0;
        _supervisor.OnStart = _ => { if (++starts == 1) throw FakeSupervisor.Broken(); };

        var error = await Assert.ThrowsAsync<HoldfastException>(() => FinishAsync(operation));

        Assert.Contains("it does not start; the old state is back: ", error.Message, StringComparison.Ordinal);
        Assert.True(_supervisor.Runs);
        AssertState("new");
        AssertOnly("config", "main.db");
        Assert.Null(Journaled(operation.Number).Undo);
    }

    [Fact]
    public async Task Resumed_and_ended_by_a_fault_of_the_program_it_ends_with_the_old_state_too()
    {
        var operation = await InterruptAsync(ExchangePhase.Exchanged);
        var starts = 0;
        _supervisor.OnStart = _ => { if (++starts == 1) throw new InvalidOperationException("a fault"); };

        var error = await Assert.ThrowsAsync<HoldfastException>(() => FinishAsync(operation));

        Assert.Contains("a fault", error.Message, StringComparison.Ordinal);
        Assert.Contains("; the old state is back: ", error.Message, StringComparison.Ordinal);
        Assert.True(_supervisor.Runs);
        AssertState("new");
        Assert.Null(Journaled(operation.Number).Undo);
    }

    [Fact]
    public async Task Accepted_it_cannot_be_undone_any_more_and_resume_only_tidies_up()
    {
        var operation = await InterruptAsync(ExchangePhase.Accepted);

        Assert.StartsWith("everything is restored and works", UnsettledOperation.Situation(operation), StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => UndoAsync(operation));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("holdfast rollback", error.Hint, StringComparison.Ordinal);
        AssertState("old");

        await FinishAsync(Journaled(operation.Number));

        Assert.Empty(_supervisor.Calls);
        AssertState("old");
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task Without_supervision_who_has_a_database_open_keeps_it_from_being_undone_below_him()
    {
        var operation = await InterruptAsync(ExchangePhase.Exchanged);
        await using (var user = RunningProcess.Start("sh", ["-c", "exec 3<\"$0\"; echo open; exec sleep 600", Scene.Database]))
        {
            await user.WaitForLineAsync(line => line == "open");
            var error = await Assert.ThrowsAsync<HoldfastException>(() => UndoAsync(operation, supervised: false));
            Assert.Contains("is open in", error.Message, StringComparison.Ordinal);
            AssertState("old");
        }

        Assert.Equal("the old state is back", await UndoAsync(Journaled(operation.Number), supervised: false));
        AssertState("new");
        Assert.Empty(_supervisor.Calls);
    }

    [Fact]
    public async Task Begun_anew_it_still_knows_the_marker_that_it_went_over_although_its_own_may_have_taken_the_place()
    {
        var operation = await InterruptAsync(null);
        var before = new RestoreMarker { Operation = 7, User = "bert" };
        var document = new ExchangeDocument { Phase = ExchangePhase.Staged, Marker = FilePath.From("/srv/.holdfast.yaml.holdfast-restoring"), MarkedBefore = before };

        Assert.Equal((document.Marker, before), Interrupted(operation with { Undo = document.Serialize() }).WentOver);
        Assert.Null(Interrupted(operation with { Undo = (document with { MarkedBefore = null }).Serialize() }).WentOver);
    }

    [Fact]
    public async Task What_the_journal_cannot_tell_any_more_is_said_with_where_the_old_files_are()
    {
        var operation = await InterruptAsync(ExchangePhase.Exchanged);

        var error = Assert.Throws<HoldfastException>(() => Interrupted(operation with { Undo = "{" }));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("before-restore", error.Hint, StringComparison.Ordinal);
    }

    private FilePath StateFolder => FilePath.From(Scene.Temp["state"]);

    private InterruptedRestore Interrupted(Operation operation, bool supervised = true) =>
        new(operation, supervised ? Service() : null, TimeProvider.System);

    private ServiceLifecycle Service() => new(
        new ServiceDeclaration { Control = new ServiceControl.Systemd("fake"), Timeout = TimeSpan.FromMinutes(10) },
        new ServiceSurroundings { Root = FilePath.From(Scene.App), Environment = new Dictionary<string, string?>(), Clock = TimeProvider.System },
        _supervisor);

    private Operation Journaled(long number)
    {
        using var state = LocalState.Open(StateFolder);
        return new OperationJournal(state).Get(number);
    }

    /// <summary>Restores as far as a phase: the application hangs at its stop or its start, and nobody ever goes on with it.</summary>
    private async Task<Operation> InterruptAsync(ExchangePhase? phase, Func<Task>? afterSave = null)
    {
        await SaveFirstStateAsync("wal");
        if (afterSave is not null) await afterSave();
        var options = new ApplicationRestoreOptions
        {
            Restore = await Scene.OptionsAsync(inPlace: true),
            Service = Service(),
            Safety = new BackupOptions { Targets = [], Identity = Tester, Program = "test" },
        };
        Scene.Temp.WriteFile("app/config", "new");
        Scene.Execute("update t set x = 'new'");
        _before = FileSystem.TryStatus(FilePath.From(Scene.Database), followLinks: false)!.Value.Identity;
        using var state = LocalState.Open(StateFolder);
        var request = new OperationRequest(OperationKind.Restore, "restore", null, "anna", "test");
        await using var running = RunningOperation.Begin(state, ApplicationKey.OfRepository("here"), request, _progress, TimeProvider.System);
        var journal = new OperationJournal(state);
        if (phase is null) return journal.Get(running.Number);
        _supervisor.HangsAt = phase == ExchangePhase.Staged ? "stop" : "start";
        var plan = await Scene.Run(options.Restore).PlanAsync(Token);
        var restore = new ApplicationRestore(Scene.Repository, options, running, TimeProvider.System, _progress).ExecuteAsync(plan, null, Token);
        await Task.WhenAny(restore, _supervisor.Hangs).WaitAsync(Conditions.Deadline, Token);
        Assert.False(restore.IsCompleted, restore.Exception?.ToString());
        _supervisor.HangsAt = null;
        _supervisor.Calls.Clear();
        // Between the phases from Exchanging to Accepted only the journal changes, once all is in its place.
        var document = ExchangeDocument.Parse(journal.Get(running.Number).Undo!);
        running.SaveUndo((document with { Phase = phase.Value }).Serialize());
        return journal.Get(running.Number);
    }

    private async Task<string> UndoAsync(Operation operation, bool supervised = true)
    {
        using var state = LocalState.Open(StateFolder);
        await using var running = RunningOperation.Resume(state, operation, _progress, TimeProvider.System);
        return (await Interrupted(operation, supervised).UndoAsync(running, _progress)).Outcome;
    }

    private async Task<ApplicationRestoreResult> FinishAsync(Operation operation)
    {
        using var state = LocalState.Open(StateFolder);
        await using var running = RunningOperation.Resume(state, operation, _progress, TimeProvider.System);
        var request = new RestoreRequest { Snapshot = "s", Repository = RepositoryAddress.Of(FilePath.From(Scene.Temp["repository"])) };
        return await Interrupted(operation).FinishAsync(running, request, _progress);
    }

    private void AssertState(string expected)
    {
        Assert.Equal(expected, File.ReadAllText(Scene.At("config")));
        var identity = FileSystem.TryStatus(FilePath.From(Scene.Database), followLinks: false)!.Value.Identity;
        // The restore that hangs goes on holding its lock on the file from before, so that one is told by its inode.
        if (expected == "new") Assert.Equal(_before, identity);
        else Assert.Equal("old", Ask("select x from t", Scene.Database));
    }
}
