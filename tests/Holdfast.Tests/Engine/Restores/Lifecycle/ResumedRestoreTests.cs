using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>A restore that was killed before it changed anything: who goes on with it does all of it.</summary>
public sealed class ResumedRestoreTests : InPlaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Resumed_all_of_it_is_done_and_it_has_come_to_its_end()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        var number = await KilledAsync(request => request);

        // It keeps nobody from another one.
        Assert.Null(OpenRestore.Of(Surroundings, TimeProvider.System, mayGoOver: false));
        var result = await ResumeAsync(number);

        Assert.Equal((1, 1), (result.Files, result.Databases));
        Assert.Equal("old", await File.ReadAllTextAsync(Scene.At("config"), Token));
        Assert.Equal(OperationState.Done, Journaled(number).State);
        Assert.Equal(FailureKind.Usage, (await Assert.ThrowsAsync<HoldfastException>(() => ResumeAsync(number))).Kind);
    }

    [Fact]
    public async Task Resumed_it_restores_the_part_that_was_asked_for_and_no_more()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Scene.Execute("update t set x = 'new'");
        var number = await KilledAsync(request => request with { Include = [FilePath.From(Scene.At("config"))] });

        await ResumeAsync(number);

        Assert.Equal(("old", "new"), (await File.ReadAllTextAsync(Scene.At("config"), Token), Restores.Scene.Ask("select x from t", Scene.Database)));
    }

    [Fact]
    public async Task A_rollback_that_is_resumed_has_rolled_the_restore_back()
    {
        await SaveFirstStateAsync("wal");
        var restore = Enter(OperationKind.Restore, null, OperationState.Done);
        var number = await KilledAsync(request => request with { RollsBack = restore });

        await ResumeAsync(number);

        Assert.Equal((OperationState.RolledBack, OperationState.Done), (Journaled(restore).State, Journaled(number).State));
    }

    [Fact]
    public async Task What_cannot_be_planned_stays_interrupted_and_changes_nothing()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        var number = await KilledAsync(request => request with { Include = [FilePath.From(Scene.At("nothing"))] });

        await Assert.ThrowsAsync<HoldfastException>(() => ResumeAsync(number));

        Assert.Equal(OperationState.Interrupted, Journaled(number).State);
        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config"), Token));
    }

    private RestoreSurroundings Surroundings => new()
    {
        Manifest = null,
        Repository = RepositoryAddress.Of(FilePath.From(Scene.Temp["repository"])),
        StateFolder = FilePath.From(Scene.Temp["state"]),
        Identity = Restores.Scene.Tester,
        Program = "test",
        Own = [],
    };

    private async Task<long> KilledAsync(Func<RestoreRequest, RestoreRequest> ask)
    {
        var request = ask(new RestoreRequest { Snapshot = (await Scene.LatestAsync()).Id.ToString(), Repository = Surroundings.Repository });
        var number = Enter(request.RollsBack is null ? OperationKind.Restore : OperationKind.Rollback, request, null);
        using var state = LocalState.Open(Surroundings.StateFolder);
        state.Execute("update operations set owner_start = 1 where number = $number", ("$number", number));
        return number;
    }

    private long Enter(string kind, RestoreRequest? request, OperationState? ended)
    {
        using var state = LocalState.Open(Surroundings.StateFolder);
        var journal = new OperationJournal(state);
        var number = journal.Begin(Surroundings.Application, new OperationRequest(kind, kind, request?.Serialize(), "anna", "test 1"), DateTimeOffset.UnixEpoch);
        if (ended is { } become) journal.End(number, new OperationOutcome(become), undo: null, DateTimeOffset.UnixEpoch);
        return number;
    }

    private async Task<ApplicationRestoreResult> ResumeAsync(long number) =>
        await new RestoreJob(Scene.Repository, Surroundings, await Scene.LatestAsync(), TimeProvider.System, new OperationProgress()).ResumeAsync(number, Token);

    private Operation Journaled(long number)
    {
        using var state = LocalState.Open(Surroundings.StateFolder);
        return new OperationJournal(state).Get(number);
    }
}
