using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A restore in place from an archive, killed at any call: see <see cref="RestoreVerdict"/>. The same command again does it.</summary>
public sealed class ArchiveRestoreKillTests
{
    [Fact]
    public async Task A_restore_from_an_archive_killed_at_any_call_ends_entirely_old_or_entirely_new()
    {
        using var stage = await KillStage.CreateAsync(_ => string.Empty);
        var archive = stage["first.tar.zst"];
        await stage.RunAsync("export", stage.First, "--output", archive);
        await stage.KeepAsync();
        string[] restore = ["restore", "--input", archive, "--yes"];
        var verdict = new RestoreVerdict(stage, old: 2, @new: 1) { Again = restore };

        await new KillSweep("restore from an archive", sample: 5) { Critical = InPlaceRestoreKillTests.IsExchange }
            .RunAsync(stage.Traced(), stage.ResetAsync, restore, async run =>
            {
                await verdict.ExpectAsync(run);
                // What a killed one had unpacked is gone after the next.
                if (run.IsThorough) Assert.Empty(Directory.EnumerateFileSystemEntries(stage.Program.State, "holdfast-scratch-*", SearchOption.AllDirectories));
            });
    }
}
