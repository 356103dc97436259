using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A prune that is killed: nothing that a snapshot needs is lost, and the next one finishes.</summary>
public sealed class PruneKillTests
{
    [Fact]
    public async Task A_prune_killed_at_any_call_loses_nothing_and_the_next_one_finishes()
    {
        using var stage = await KillStage.CreateAsync();
        var first = stage["first-repository"];
        // Version 2 is saved and the only one that stays; what only version 1 had is to go, some packs in part.
        await stage.Program.RunAsync("backup", stage.Application);
        await stage.Opened.Restic.RunAsync("forget", stage.First);
        await KillStage.CopyAsync(stage.Repository, first);
        var program = new TracedProgram(stage.Program, stage.Repository);

        await new KillSweep("prune", sample: 5) { Critical = call => call.StartsWith("unlink", StringComparison.Ordinal) && call.Contains("/repository/index/", StringComparison.Ordinal) }
            .RunAsync(program, () => KillStage.CopyAsync(first, stage.Repository), ["prune", "--max-unused", "0"], _ => VerifyAsync(stage));
    }

    private static async Task VerifyAsync(KillStage stage)
    {
        await stage.Opened.Restic.RunAsync("unlock");
        await stage.Opened.ExpectSoundAsync(allowHints: true);
        await KillStage.RemoveAsync(stage["restored"]);
        await stage.Opened.Restic.RunAsync("restore", "latest", "--target", stage["restored"]);
        await stage.ExpectVersionAsync(2, stage["restored"] + stage.Application);
        await stage.Program.RunAsync("prune", "--max-unused", "0");
        await stage.Opened.ExpectSoundAsync();
    }
}
