using System.Globalization;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A copy that is killed: what has arrived is whole, the source is as it was, and the next one brings the rest, and nothing twice.</summary>
public sealed class CopyKillTests
{
    [Fact]
    public async Task A_copy_killed_at_any_call_leaves_whole_snapshots_and_the_next_one_finishes()
    {
        using var stage = await KillStage.CreateAsync();
        await stage.Program.RunAsync("backup", stage.Application);
        var target = stage["target"];
        using var other = await OwnRepository.CreateAsync(target);
        await KillStage.CopyAsync(target, stage["empty"]);
        var program = new TracedProgram(stage.Program, stage.Repository, target);
        string[] command = ["copy", "--to", target];

        await new KillSweep("copy", sample: 4) { Critical = call => call.StartsWith("rename", StringComparison.Ordinal) && call.Contains("/target/snapshots/", StringComparison.Ordinal) }
            .RunAsync(program, () => KillStage.CopyAsync(stage["empty"], target), command, async _ =>
            {
                await stage.Opened.Restic.RunAsync("unlock");
                await other.Restic.RunAsync("unlock");
                await other.ExpectSoundAsync(allowHints: true);
                await ExpectWholeAsync(stage, other);

                await stage.Program.RunAsync(command);
                await other.ExpectSoundAsync();
                Assert.Equal(2, await ExpectWholeAsync(stage, other));
                await stage.Opened.ExpectSoundAsync();
            });
    }

    /// <summary>Restores whatever has arrived, and returns how many that were.</summary>
    private static async Task<int> ExpectWholeAsync(KillStage stage, OwnRepository other)
    {
        var snapshots = await other.SnapshotsAsync();
        var versions = new List<int>();
        foreach (var stored in snapshots)
        {
            await KillStage.RemoveAsync(stage["restored"]);
            await other.RestoreAsync(stored, stage["restored"]);
            var version = string.Equals(stored.Snapshot.Original?.ToString(), stage.First, StringComparison.Ordinal) ? 1 : 2;
            await stage.ExpectVersionAsync(version, stage["restored"] + stage.Application);
            versions.Add(version);
        }

        Assert.True(versions.Distinct().Count() == versions.Count, string.Create(CultureInfo.InvariantCulture, $"{versions.Count} snapshots of {versions.Distinct().Count()} versions"));
        return versions.Count;
    }
}
