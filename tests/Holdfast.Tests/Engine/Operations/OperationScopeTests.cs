using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Operations;

/// <summary>Work that leaves the application alone: in the journal where that can be, and done in any case.</summary>
public sealed class OperationScopeTests : IDisposable
{
    private static readonly OperationOrder Order = new(OperationKind.Check, "check the repository", "{\"job\":\"check\"}");

    private readonly JournalScene _scene = new();
    private readonly List<string> _notices = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_entered_with_what_was_asked_for_and_how_it_ended()
    {
        Assert.Equal(7, await RunAsync(_scene.StateFolder, _ => Task.FromResult(7), _ => new OperationOutcome(OperationState.DoneInPart)));
        var operation = Assert.Single(_scene.Journal.List(_scene.Application.Place, 10));
        Assert.Equal((OperationKind.Check, OperationState.DoneInPart, Order.Json), (operation.Kind, operation.State, operation.Request));
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task A_failure_is_entered_and_passed_on()
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(() =>
            RunAsync<int>(_scene.StateFolder, _ => throw new HoldfastException(FailureKind.Damaged, "it is damaged", "mend it"), _ => new OperationOutcome(OperationState.Done)));
        Assert.Equal("it is damaged", error.Message);
        var operation = Assert.Single(_scene.Journal.List(null, 10));
        Assert.Equal((OperationState.Failed, "it is damaged", "mend it"), (operation.State, operation.Error, operation.Hint));
    }

    [Fact]
    public async Task Without_a_journal_it_is_done_once_and_the_user_is_told()
    {
        var (calls, nowhere) = (0, FilePath.From("/dev/null/state"));
        Assert.Equal(1, await RunAsync(nowhere, _ => Task.FromResult(++calls), _ => new OperationOutcome(OperationState.Done)));
        Assert.Equal(1, calls);
        Assert.Contains("cannot be entered into the journal", Assert.Single(_notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_breaks_meanwhile_does_not_take_the_result_away()
    {
        var result = await RunAsync(
            _scene.StateFolder,
            _ =>
            {
                _scene.State.Execute("drop table operation_steps");
                _scene.State.Execute("drop table operations");
                return Task.FromResult("found");
            },
            _ => new OperationOutcome(OperationState.Done));
        Assert.Equal("found", result);
        Assert.Contains(_notices, notice => notice.Contains("could not be entered into the journal", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_one_that_counts_as_interrupted_is_entered_as_repeated()
    {
        var killed = _scene.Journal.Begin(_scene.Application, JournalScene.Request, _scene.Clock.GetLocalNow());
        var paused = _scene.Journal.Begin(_scene.Application, JournalScene.Request, _scene.Clock.GetLocalNow());
        _scene.Kill(killed);
        _scene.Kill(paused);
        _scene.Journal.SaveUndo(paused, "{}");
        foreach (var number in new[] { killed, paused }) Scope(_scene.StateFolder).EnterRepeated(_scene.Journal.Get(number));
        Assert.Equal(OperationState.Repeated, _scene.Journal.Get(killed).State);
        Assert.Equal([paused], _scene.Journal.Unfinished(null).Select(operation => operation.Number));
    }

    [Fact]
    public void One_that_nobody_wants_any_more_is_put_away_and_none_that_runs()
    {
        var killed = _scene.Journal.Begin(_scene.Application, JournalScene.Request, _scene.Clock.GetLocalNow());
        var running = _scene.Journal.Begin(_scene.Application, JournalScene.Request, _scene.Clock.GetLocalNow());
        _scene.Kill(killed);

        Assert.Contains("nothing was changed", Scope(_scene.StateFolder).PutAway(_scene.Journal.Get(killed)), StringComparison.Ordinal);
        var error = Assert.Throws<HoldfastException>(() => Scope(_scene.StateFolder).PutAway(_scene.Journal.Get(running)));
        var twice = Assert.Throws<HoldfastException>(() => Scope(_scene.StateFolder).PutAway(_scene.Journal.Get(killed)));

        Assert.Equal((OperationState.Undone, OperationState.Running), (_scene.Journal.Get(killed).State, _scene.Journal.Get(running).State));
        Assert.EndsWith("is running", error.Message, StringComparison.Ordinal);
        Assert.Contains("has come to its end", twice.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _scene.Dispose();

    private Task<T> RunAsync<T>(FilePath state, Func<CancellationToken, Task<T>> work, Func<T, OperationOutcome> outcome) =>
        Scope(state).RunInAnyCaseAsync(Order, work, outcome, _scene.Progress, _scene.Clock, Token);

    private OperationScope Scope(FilePath state) => new()
    {
        Application = _scene.Application,
        StateFolder = state,
        User = "anna",
        Program = "test 1",
        Notice = _notices.Add,
    };
}
