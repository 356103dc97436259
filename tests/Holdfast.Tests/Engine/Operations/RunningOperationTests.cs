using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Operations;

public sealed class RunningOperationTests : IDisposable
{
    private readonly JournalScene _scene = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Enters_its_steps_with_times_and_bytes_and_how_it_ended()
    {
        await using var running = _scene.Begin();
        await running.RunAsync(
            _ =>
            {
                _scene.Progress.Begin("reading", 100);
                _scene.Clock.Advance(TimeSpan.FromSeconds(1));
                _scene.Progress.AddBytes(70);
                _scene.Progress.Begin("writing");
                return Task.FromResult(7);
            },
            result => new OperationOutcome(OperationState.DoneInPart) { Json = $"{result}" },
            Cancel);

        var operation = _scene.Journal.Get(running.Number);
        Assert.Equal(OperationState.DoneInPart, operation.State);
        Assert.Equal("7", operation.Result);
        Assert.Equal(["reading", "writing"], operation.Steps.Select(step => step.Name));
        Assert.Equal((70, 100), (operation.Steps[0].Bytes, operation.Steps[0].TotalBytes));
        Assert.Equal(TimeSpan.FromSeconds(1), operation.Steps[0].Ended - operation.Steps[0].Started);
        Assert.All(operation.Steps, step => Assert.NotNull(step.Ended));
        Assert.Equal((JournalScene.Request.Title, "anna"), (operation.Title, operation.User));
    }

    [Fact]
    public async Task Shows_how_far_it_is_while_it_runs()
    {
        await using var running = _scene.Begin();
        _scene.Progress.Begin("reading", 100);
        _scene.Progress.AddBytes(40);
        await _scene.Clock.WaitForTimersAsync(1);
        _scene.Clock.Advance(TimeSpan.FromSeconds(2));

        await Conditions.Eventually("the journal knows of 40 bytes", () => _scene.Journal.Get(running.Number).Steps[^1].Bytes == 40);
        Assert.Equal(OperationState.Running, _scene.Journal.Get(running.Number).State);
        Assert.Equal(running.Number, Assert.Single(_scene.Journal.Running(_scene.Application.Place)).Number);
    }

    [Fact]
    public async Task One_that_is_done_but_has_left_something_to_be_put_back_is_not_forgotten()
    {
        await using var running = _scene.Begin();
        await running.RunAsync(
            _ =>
            {
                running.SaveUndo("{}");
                return Task.FromResult(0);
            },
            _ => new OperationOutcome(OperationState.DoneInPart),
            Cancel);

        Assert.Equal(running.Number, _scene.Journal.Unsettled(_scene.Application.Place)!.Number);
    }

    [Fact]
    public async Task A_step_that_cannot_be_entered_does_not_stop_the_work_and_is_told()
    {
        await using var running = _scene.Begin();
        await running.RunAsync(
            _ =>
            {
                _scene.State.Execute("create trigger full before insert on operation_steps begin select raise(abort, 'the disk is full'); end");
                _scene.Progress.Begin("reading");
                return Task.FromResult(0);
            },
            _ => new OperationOutcome(OperationState.Done),
            Cancel);

        Assert.Contains("the disk is full", running.Trouble, StringComparison.Ordinal);
        Assert.Equal(OperationState.Done, _scene.Journal.Get(running.Number).State);
    }

    [Fact]
    public async Task When_its_end_cannot_be_entered_what_failed_first_is_told_first()
    {
        await using var running = _scene.Begin();
        var thrown = await Assert.ThrowsAsync<HoldfastException>(() => running.RunAsync<int>(
            _ =>
            {
                _scene.State.Execute("create trigger full before update on operations begin select raise(abort, 'the disk is full'); end");
                throw new HoldfastException(FailureKind.Damaged, "the database is damaged", "choose another");
            },
            _ => new OperationOutcome(OperationState.Done),
            Cancel));

        Assert.StartsWith("the database is damaged; and that could not be entered into the journal", thrown.Message, StringComparison.Ordinal);
        Assert.Equal((FailureKind.Damaged, "choose another"), (thrown.Kind, thrown.Hint));
    }

    [Fact]
    public async Task Enters_why_it_failed_and_keeps_what_must_still_be_put_back()
    {
        await using var running = _scene.Begin();
        var thrown = await Assert.ThrowsAsync<HoldfastException>(() => running.RunAsync<int>(
            _ =>
            {
                running.SaveUndo("{\"put\":\"back\"}");
                throw new HoldfastException(FailureKind.NoSpace, "the disk is full", "free some");
            },
            _ => new OperationOutcome(OperationState.Done),
            Cancel));

        Assert.Equal("the disk is full", thrown.Message);
        var operation = _scene.Journal.Get(running.Number);
        Assert.Equal((OperationState.Failed, "the disk is full", "free some"), (operation.State, operation.Error, operation.Hint));
        Assert.Equal("{\"put\":\"back\"}", operation.Undo);
        Assert.Equal(running.Number, _scene.Journal.Unsettled(_scene.Application.Place)!.Number);
    }

    [Fact]
    public async Task One_that_was_asked_to_stop_is_cancelled_and_not_failed()
    {
        await using var running = _scene.Begin();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.RunAsync<int>(
            async token =>
            {
                await stop.CancelAsync();
                token.ThrowIfCancellationRequested();
                return 0;
            },
            _ => new OperationOutcome(OperationState.Done),
            stop.Token));

        Assert.Equal(OperationState.Cancelled, _scene.Journal.Get(running.Number).State);
        Assert.Null(_scene.Journal.Unsettled(_scene.Application.Place));
    }

    [Fact]
    public async Task One_whose_process_is_gone_is_interrupted_and_can_be_gone_on_with()
    {
        long number;
        await using (var killed = _scene.Begin())
        {
            number = killed.Number;
            _scene.Progress.Begin("exchanging");
            killed.SaveUndo("{}");
        }

        _scene.Kill(number);
        var interrupted = Assert.Single(_scene.Journal.Unfinished(_scene.Application.Place));
        Assert.Equal((OperationState.Interrupted, "exchanging"), (interrupted.State, interrupted.LastStep));
        Assert.Equal(number, _scene.Journal.Unsettled(_scene.Application.Place)!.Number);

        await using var resumed = RunningOperation.Resume(_scene.State, interrupted, _scene.Progress, _scene.Clock);
        Assert.Equal(OperationState.Running, _scene.Journal.Get(number).State);
        await resumed.RunAsync(
            _ =>
            {
                _scene.Progress.Begin("undoing");
                return Task.FromResult(0);
            },
            _ => new OperationOutcome(OperationState.Undone) { Settles = true },
            Cancel);

        var undone = _scene.Journal.Get(number);
        Assert.Equal(OperationState.Undone, undone.State);
        Assert.Equal(["exchanging", "undoing"], undone.Steps.Select(step => step.Name));
        Assert.Null(_scene.Journal.Unsettled(_scene.Application.Place));
    }

    [Fact]
    public void Old_operations_are_forgotten_but_not_those_to_be_settled()
    {
        var first = _scene.Journal.Begin(_scene.Application, JournalScene.Request, DateTimeOffset.UnixEpoch);
        _scene.Journal.SaveUndo(first, "{}");
        for (var i = 0; i < 1005; i++)
        {
            var number = _scene.Journal.Begin(_scene.Application, JournalScene.Request, DateTimeOffset.UnixEpoch);
            _scene.Journal.End(number, new OperationOutcome(OperationState.Done), null, DateTimeOffset.UnixEpoch);
        }

        var kept = _scene.Journal.List(_scene.Application.Place, 2000);
        Assert.InRange(kept.Count, 1000, 1002);
        Assert.Equal(first, kept[^1].Number);
        Assert.Empty(_scene.Journal.List("/another/place", 10));
    }
}
