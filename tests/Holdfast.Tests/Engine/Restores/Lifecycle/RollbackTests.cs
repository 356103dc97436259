using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Operations;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>Which restore is taken back, and how a failure of that is told.</summary>
public sealed class RollbackTests : IDisposable
{
    private readonly JournalScene _scene = new();
    private readonly TempDirectory _temp = new();

    public void Dispose()
    {
        _temp.Dispose();
        _scene.Dispose();
    }

    [Fact]
    public void Without_any_restore_there_is_nothing_to_take_back()
    {
        Enter(OperationKind.Backup, OperationState.Done);
        Enter(OperationKind.RestoreToTarget, OperationState.Done);
        Assert.Contains("no restore of the application shop is known", Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OperationState.Done)]
    [InlineData(OperationState.DoneInPart)]
    public void The_last_restore_that_changed_something_is_taken_back_and_one_that_failed_later_is_named(OperationState state)
    {
        Enter(OperationKind.Restore, OperationState.Done, Result("first"));
        var last = Enter(OperationKind.Restore, state, Result("second"));
        var failed = Enter(OperationKind.Restore, OperationState.Failed);
        Enter(OperationKind.RestoreToTarget, OperationState.Done);
        Enter(OperationKind.Backup, OperationState.Done);

        var rollback = Rollback.Find(_scene.Journal, _scene.Application);

        Assert.Equal((last, "second", failed), (rollback.Operation.Number, rollback.Snapshot, rollback.FailedSince!.Number));
        Assert.Contains($"operation {failed} of ", rollback.Warning(TimeZoneInfo.Utc), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_restore_is_the_one_that_ended_last_also_where_it_was_begun_earlier()
    {
        var resumed = Begin(OperationKind.Restore);
        var failed = Begin(OperationKind.Restore);
        Enter(OperationKind.Restore, OperationState.Done, Result("of the one in between"));
        _scene.Clock.Advance(TimeSpan.FromHours(1));
        End(resumed, OperationState.Done, Result("of the resumed one"));

        Assert.Equal((resumed, null), (Find().Operation.Number, Find().FailedSince));

        _scene.Clock.Advance(TimeSpan.FromHours(1));
        End(failed, OperationState.Failed);
        Assert.Equal((resumed, failed), (Find().Operation.Number, Find().FailedSince!.Number));
    }

    [Fact]
    public void A_clock_that_was_ahead_does_not_make_an_earlier_restore_the_last()
    {
        var ahead = TimeSpan.FromDays(2000);
        _scene.Clock.JumpBy(ahead);
        Enter(OperationKind.Restore, OperationState.Done, Result("while it was ahead"));
        _scene.Clock.JumpBy(-ahead);
        var last = Enter(OperationKind.Restore, OperationState.Done, Result("after it was set back"));

        Assert.Equal(last, Find().Operation.Number);
    }

    [Fact]
    public void What_was_rolled_back_is_not_rolled_back_again_nor_is_the_one_before_it()
    {
        Enter(OperationKind.Restore, OperationState.Done, Result("first"));
        Enter(OperationKind.Restore, OperationState.RolledBack, Result("second"));
        Assert.Contains("was rolled back already", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_without_a_safety_snapshot_that_made_nothing_cannot_be_taken_back()
    {
        Enter(OperationKind.Restore, OperationState.Done, Result(safety: null));
        Assert.Contains("has no safety snapshot", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_asks_for_is_the_state_before_as_it_was()
    {
        var made = FilePath.From("/srv/shop/made");
        var number = Enter(OperationKind.Restore, OperationState.Done, Result("safety", made));

        var request = Rollback.Find(_scene.Journal, _scene.Application).Request(Asked());

        Assert.Equal((number, false, true, true), (request.RollsBack, request.OnlyRemoves, request.AcceptsContent, request.Start));
        Assert.Equal([made], request.Remove);
    }

    [Fact]
    public void Where_nothing_was_replaced_what_was_made_is_only_taken_away()
    {
        Enter(OperationKind.Restore, OperationState.Done, Result(safety: null, FilePath.From("/srv/shop/made")));

        var rollback = Rollback.Find(_scene.Journal, _scene.Application);

        Assert.Equal("restored", rollback.Snapshot);
        Assert.True(rollback.Request(Asked()).OnlyRemoves);
    }

    [Fact]
    public void A_damaged_state_before_is_told_with_the_file_that_was_kept_and_any_other_failure_as_it_is()
    {
        var kept = FilePath.From(_temp.WriteFile("main.db.before-restore-20260101-000000", "damaged"));
        var number = Enter(OperationKind.Restore, OperationState.Done, Result("safety") with { Kept = [kept] });
        var rollback = Rollback.Find(_scene.Journal, _scene.Application);
        var damaged = new HoldfastException(FailureKind.Damaged, "it is not sound");

        var told = rollback.Explain(damaged);

        Assert.Equal(FailureKind.Damaged, told.Kind);
        Assert.Contains($"operation {number}", told.Message, StringComparison.Ordinal);
        Assert.Contains(kept.ToString(), told.Message, StringComparison.Ordinal);
        Assert.Contains(".recover", told.Hint, StringComparison.Ordinal);
        Assert.Same(damaged, told.InnerException);
        var full = new HoldfastException(FailureKind.NoSpace, "the disk is full");
        Assert.Same(full, rollback.Explain(full));
        File.Delete(kept.ToString());
        Assert.Same(damaged, rollback.Explain(damaged));
    }

    private HoldfastException Refused()
    {
        var error = Assert.Throws<HoldfastException>(() => Rollback.Find(_scene.Journal, _scene.Application));
        Assert.Equal(FailureKind.NotFound, error.Kind);
        return error;
    }

    private static RestoreRequest Asked() => new() { Snapshot = "safety", Repository = RepositoryAddress.Of(FilePath.From("/backups")), Start = true };

    private static ApplicationRestoreResult Result(string? safety, params FilePath[] created) => new() { Snapshot = "restored", Safety = safety, Created = created };

    private Rollback Find() => Rollback.Find(_scene.Journal, _scene.Application);

    private long Enter(string kind, OperationState state, ApplicationRestoreResult? result = null)
    {
        var number = Begin(kind);
        End(number, state, result);
        return number;
    }

    private long Begin(string kind) =>
        _scene.Journal.Begin(_scene.Application, new OperationRequest(kind, $"{kind} something", null, "anna", "test 1"), _scene.Clock.GetLocalNow());

    private void End(long number, OperationState state, ApplicationRestoreResult? result = null) =>
        _scene.Journal.End(number, new OperationOutcome(state) { Json = result?.Serialize() }, undo: null, _scene.Clock.GetLocalNow());
}
