using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A restore in place, killed at any call: see <see cref="RestoreVerdict"/>.</summary>
public sealed class InPlaceRestoreKillTests
{
    [Fact]
    public async Task A_restore_in_place_killed_at_any_call_ends_entirely_old_or_entirely_new()
    {
        using var stage = await KillStage.CreateAsync();
        var verdict = new RestoreVerdict(stage, old: 2, @new: 1);

        await new KillSweep("restore in place", sample: 6) { Critical = IsExchange }
            .RunAsync(stage.Traced(), stage.ResetAsync, ["restore", stage.First, "--yes"], verdict.ExpectAsync);
    }

    /// <summary>One that gives a restored database or a restored file its place.</summary>
    internal static bool IsExchange(string call) =>
        call.StartsWith("rename", StringComparison.Ordinal) && call.EndsWith(".db\"", StringComparison.Ordinal);
}
