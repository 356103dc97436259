using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// Undoing and resuming an interrupted restore, killed at any call in their turn: undoing or resuming once more still leads to one of the two ends.
/// </summary>
public sealed class UndoKillTests
{
    [Fact]
    public Task An_undo_in_the_middle_of_the_exchange_killed_at_any_call_can_be_undone_or_resumed() =>
        InterruptedStage.SweepAsync("undo of a half exchange", sample: 4, "undo", InterruptedStage.HalfExchanged);

    [Fact]
    public Task An_undo_after_the_exchange_killed_at_any_call_can_be_undone_or_resumed() =>
        InterruptedStage.SweepAsync("undo of an exchange", sample: 3, "undo", InterruptedStage.Exchanged);
}

/// <inheritdoc cref="UndoKillTests"/>
public sealed class ResumeKillTests
{
    [Fact]
    public Task A_resume_in_the_middle_of_the_exchange_killed_at_any_call_can_be_undone_or_resumed() =>
        InterruptedStage.SweepAsync("resume of a half exchange", sample: 4, "resume", InterruptedStage.HalfExchanged);

    [Fact]
    public Task A_resume_after_the_exchange_killed_at_any_call_can_be_undone_or_resumed() =>
        InterruptedStage.SweepAsync("resume of an exchange", sample: 3, "resume", InterruptedStage.Exchanged);
}
