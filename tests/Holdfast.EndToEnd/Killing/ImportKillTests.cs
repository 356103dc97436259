using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>An import, and a restore from an archive to another folder, killed at any call: the repository is sound, and the same command again does it.</summary>
public sealed class ImportKillTests
{
    [Fact]
    public async Task An_import_killed_at_any_call_leaves_a_sound_repository_and_the_next_one_makes_the_snapshot()
    {
        using var stage = await KillStage.CreateAsync();
        var archive = stage["first.tar.zst"];
        await stage.Program.RunAsync("export", stage.First, "--output", archive);
        var program = new TracedProgram(stage.Program, stage.Repository, stage.Program.State);

        await new KillSweep("import", sample: 4) { Critical = call => call.StartsWith("rename(", StringComparison.Ordinal) && call.Contains("/repository/snapshots/", StringComparison.Ordinal) }
            .RunAsync(program, stage.ResetAsync, ["import", archive], run => VerifyAsync(stage, archive, run));
    }

    private static async Task VerifyAsync(KillStage stage, string archive, TracedRun run)
    {
        // The application is never touched.
        await stage.ExpectVersionAsync(2, stage.Application);
        await stage.Opened.Restic.RunAsync("unlock");
        await stage.Opened.ExpectSoundAsync(allowHints: true);
        var snapshots = await stage.Opened.SnapshotsAsync();
        Assert.Contains(snapshots, stored => stored.Id.ToString() == stage.First);
        if (!run.WasKilled) Assert.Equal(2, snapshots.Count);

        var imported = (await stage.Program.RunAsync("import", archive, "--json")).Json().GetProperty("snapshot_id").GetString()!;
        Assert.Equal(2, (await stage.Opened.SnapshotsAsync()).Count);
        await KillStage.RemoveAsync(stage["restored"]);
        await stage.Opened.Restic.RunAsync("restore", imported, "--target", stage["restored"]);
        await stage.ExpectVersionAsync(1, stage["restored"] + stage.Application);
        // What a killed one had unpacked is gone.
        Assert.Empty(Directory.EnumerateFileSystemEntries(stage.Program.State, "holdfast-scratch-*", SearchOption.AllDirectories));
    }
}
