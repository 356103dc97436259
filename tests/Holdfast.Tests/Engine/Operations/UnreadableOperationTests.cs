using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Operations;

/// <summary>Entries that a disk has damaged, or a newer program has written: told as what they are, and no reason to keep the others back.</summary>
public sealed class UnreadableOperationTests : IDisposable
{
    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("state = 'Levitating'", "\"Levitating\" is none that this version knows")]
    [InlineData("state = '3'", "\"3\" is none that this version knows")]
    [InlineData("state = x'00ff'", "state cannot be read")]
    [InlineData("started = 'yesterday'", "its start cannot be read")]
    [InlineData("started = 17", "its start cannot be read")]
    [InlineData("ended = ''", "its end cannot be read")]
    [InlineData("owner_id = 99999999999", "its process cannot be read")]
    [InlineData("owner_start = 'x'", "its process cannot be read")]
    [InlineData("result = '{'", "its result cannot be read")]
    [InlineData("application = x'00'", "its application cannot be read")]
    [InlineData("place = x'2f'", "the place of its application cannot be read")]
    [InlineData("undo = x'01'", "what must be put back cannot be read")]
    public async Task One_is_told_with_what_cannot_be_read_and_the_others_are_listed(string damage, string told)
    {
        await using var first = _scene.Begin();
        await using var second = _scene.Begin();
        _scene.State.Execute($"update operations set {damage} where number = 1");

        var listed = _scene.Journal.List(place: null, 10);

        Assert.Equal([2, 1], listed.Select(operation => operation.Number));
        Assert.Empty(listed[0].Unreadable);
        Assert.Contains(told, Assert.Single(listed[1].Unreadable), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_cannot_be_read_is_told_and_the_others_are_shown()
    {
        await using var running = _scene.Begin();
        _scene.Progress.Begin("reading");
        _scene.Progress.Begin("writing");
        _scene.State.Execute("update operation_steps set bytes = 'many' where position = 1");

        var operation = _scene.Journal.Get(running.Number);

        Assert.Equal("writing", Assert.Single(operation.Steps).Name);
        Assert.Contains("1 of its steps", Assert.Single(operation.Unreadable), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state = 'Levitating', undo = '{}'")]
    [InlineData("undo = x'00', owner_start = 1")]
    [InlineData("undo = '{}', place = x'00', owner_start = 1")]
    public async Task One_that_left_something_is_never_taken_for_settled(string damage)
    {
        await using var running = _scene.Begin();
        _scene.State.Execute($"update operations set {damage}");

        Assert.Equal(running.Number, _scene.Journal.Unsettled(_scene.Application.Place)?.Number);
    }

    [Fact]
    public async Task One_of_another_application_is_no_concern_of_this_one()
    {
        await using var running = _scene.Begin();
        _scene.State.Execute("update operations set state = 'Levitating', undo = 'x', place = '/elsewhere/holdfast.yaml'");

        Assert.Null(_scene.Journal.Unsettled(_scene.Application.Place));
        Assert.Empty(_scene.Journal.Unfinished(_scene.Application.Place));
    }

    [Fact]
    public async Task One_in_an_unknown_state_counts_as_unfinished_and_is_said_to_be_unreadable_when_it_is_to_be_resumed()
    {
        await using var running = _scene.Begin();
        _scene.State.Execute("update operations set state = 'Levitating'");

        var operation = Assert.Single(_scene.Journal.Unfinished(_scene.Application.Place));
        var error = Assert.Throws<HoldfastException>(operation.RequireUnfinished);

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains($"operations forget {running.Number}", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_knows_how_to_put_back_is_not_put_away_as_if_it_were_nothing()
    {
        await using var running = _scene.Begin();
        _scene.State.Execute("update operations set kind = 'levitate', undo = '{}', owner_start = 1");
        var scope = new OperationScope { Application = _scene.Application, StateFolder = _scene.StateFolder, User = "anna", Program = "test" };

        var error = Assert.Throws<HoldfastException>(() => scope.PutAway(_scene.Journal.Get(running.Number)));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.NotNull(_scene.Journal.Get(running.Number).Undo);
    }
}
