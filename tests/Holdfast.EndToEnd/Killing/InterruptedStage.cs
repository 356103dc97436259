using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A restore in place that was killed at a certain moment, and what is to settle it killed after it.</summary>
internal static class InterruptedStage
{
    /// <summary>One database is exchanged and the next is not.</summary>
    public static bool HalfExchanged(IReadOnlyList<string> calls) => Exchanges(calls) == 2 && InPlaceRestoreKillTests.IsExchange(calls[^1]);

    /// <summary>Everything is exchanged, and the journal has just learned it; it is not accepted yet.</summary>
    public static bool Exchanged(IReadOnlyList<string> calls) =>
        Exchanges(calls) == 2
        && !IsJournalSync(calls[^1])
        && calls.Reverse().TakeWhile(call => !InPlaceRestoreKillTests.IsExchange(call)).Any(IsJournalSync);

    /// <param name="name">Of the scenario.</param>
    /// <param name="sample">How many calls a plain test run takes.</param>
    /// <param name="how">undo or resume.</param>
    /// <param name="moment">When the restore is killed.</param>
    public static async Task SweepAsync(string name, int sample, string how, Predicate<IReadOnlyList<string>> moment)
    {
        using var stage = await KillStage.CreateAsync();
        var program = stage.Traced();
        var verdict = new RestoreVerdict(stage, old: 2, @new: 1) { End = how == "undo" ? 2 : 1 };

        await new KillSweep(name, sample).RunAsync(
            program,
            async () =>
            {
                // Killed anew each time: the journal knows files by their inodes, which no copy has.
                await stage.ResetAsync();
                var killed = await program.RunAsync(moment, "restore", stage.First, "--yes");
                Assert.True(killed.WasKilled, killed.Program.ToString());
            },
            ["operations", how, "1"],
            verdict.ExpectAsync);
    }

    private static bool IsJournalSync(string call) =>
        call.StartsWith("fdatasync", StringComparison.Ordinal) && call.Contains("/state.db-wal", StringComparison.Ordinal);

    private static int Exchanges(IReadOnlyList<string> calls) => calls.Count(InPlaceRestoreKillTests.IsExchange);
}
