using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A backup that is killed: nothing that was there before is lost, and the next one works.</summary>
public sealed class BackupKillTests
{
    [Fact]
    public async Task A_backup_killed_at_any_call_leaves_a_sound_repository_and_the_next_backup_works()
    {
        using var stage = await KillStage.CreateAsync();
        var program = new TracedProgram(stage.Program, stage.Repository, stage.Application);

        // The order of index and snapshot, each durable before the next.
        await new KillSweep("backup", sample: 5) { Critical = call => call.StartsWith("rename(", StringComparison.Ordinal) && (IsBelow(call, "index") || IsBelow(call, "snapshots")) }
            .RunAsync(program, stage.ResetAsync, ["backup", stage.Application], run => VerifyAsync(stage, run));
    }

    [Fact]
    public async Task The_lock_of_a_killed_backup_keeps_check_out_and_says_so_until_it_is_removed()
    {
        using var stage = await KillStage.CreateAsync();
        var program = new TracedProgram(stage.Program, Path.Combine(stage.Repository, "data"));
        Assert.True((await program.RunAsync(1, "backup", stage.Application)).WasKilled);

        var locked = await stage.Program.TryRunAsync("check");
        Assert.Equal(11, locked.ExitCode);
        Assert.Contains("that process is gone", locked.Error, StringComparison.Ordinal);
        Assert.Contains("holdfast unlock", locked.Error, StringComparison.Ordinal);
        await stage.Program.RunAsync("backup", stage.Application);
        await stage.Program.RunAsync("unlock");
        await stage.Program.RunAsync("check", "--read-data");
    }

    private static bool IsBelow(string call, string folder) => call.Contains($"/repository/{folder}/", StringComparison.Ordinal);

    private static async Task VerifyAsync(KillStage stage, TracedRun run)
    {
        // The application is as it was, whatever became of the backup.
        await stage.ExpectVersionAsync(2, stage.Application);
        await stage.Opened.Restic.RunAsync("unlock");
        await stage.Opened.ExpectSoundAsync(allowHints: true);
        var snapshots = await stage.Opened.SnapshotsAsync();
        Assert.Equal(stage.First, snapshots[0].Id.ToString());
        if (!run.WasKilled) Assert.Equal(2, snapshots.Count);
        await KillStage.RemoveAsync(stage["restored"]);
        await stage.Opened.RestoreAsync(snapshots[0], stage["restored"]);
        SameFiles.Expect(stage.ExpectedFirst, stage["restored"] + stage.Application);
        // A second snapshot is a whole one.
        if (snapshots.Count > 1) await ExpectSecondAsync(stage, snapshots[1].Id.ToString());
        await stage.Program.RunAsync("backup", stage.Application);
        await ExpectSecondAsync(stage, "latest");
    }

    private static async Task ExpectSecondAsync(KillStage stage, string id)
    {
        await KillStage.RemoveAsync(stage["restored"]);
        await stage.Opened.Restic.RunAsync("restore", id, "--target", stage["restored"]);
        await stage.ExpectVersionAsync(2, stage["restored"] + stage.Application);
    }
}
