using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A rollback, killed at any call: see <see cref="RestoreVerdict"/>.</summary>
public sealed class RollbackKillTests
{
    [Fact]
    public async Task A_rollback_killed_at_any_call_ends_entirely_old_or_entirely_new()
    {
        using var stage = await KillStage.CreateAsync();
        await stage.RunAsync("restore", stage.First, "--yes");
        await stage.KeepAsync();
        var verdict = new RestoreVerdict(stage, old: 1, @new: 2);

        await new KillSweep("rollback", sample: 4).RunAsync(stage.Traced(), stage.ResetAsync, ["rollback", "--yes"], verdict.ExpectAsync);
    }
}
