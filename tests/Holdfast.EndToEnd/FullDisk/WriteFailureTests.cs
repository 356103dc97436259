using System.Globalization;
using Holdfast.EndToEnd.Killing;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.FullDisk;

/// <summary>Every write fails from a certain one on (of each thread), as on a disk that has become full just then.</summary>
public sealed class WriteFailureTests
{
    private static readonly int[] FirstFailures = [1, 3, 5, 9, 40];

    [Fact]
    public async Task A_restore_in_place_that_runs_out_of_room_anywhere_changes_nothing_and_leaves_nothing()
    {
        using var stage = await KillStage.CreateAsync();
        var failures = 0;
        foreach (var first in FirstFailures)
        {
            await stage.ResetAsync();
            var result = await RunAsync(stage, first, "restore", "latest", "--yes");
            var what = string.Create(CultureInfo.InvariantCulture, $"writes fail from the {first}th on: {result}");

            if (result.ExitCode != 0) failures++;
            Assert.True(result.ExitCode is 0 or 1, what);
            if (result.ExitCode == 1) ExpectFull(result);
            await stage.ExpectVersionAsync(result.ExitCode == 0 ? 1 : 2, stage.Application);
            Assert.DoesNotContain(Names(stage.Application), name => name.Contains(".holdfast-", StringComparison.Ordinal) || name.Contains(".before-restore-", StringComparison.Ordinal));
        }

        Assert.InRange(failures, 2, FirstFailures.Length);
    }

    [Fact]
    public async Task A_restore_to_a_target_that_runs_out_of_room_anywhere_leaves_only_whole_files()
    {
        using var stage = await KillStage.CreateAsync();
        var failures = 0;
        foreach (var first in FirstFailures)
        {
            var target = stage["target"];
            await KillStage.RemoveAsync(target);
            var result = await RunAsync(stage, first, "restore", "latest", "--target", target);

            if (result.ExitCode == 0)
            {
                await stage.ExpectVersionAsync(1, target + stage.Application);
                continue;
            }

            failures++;
            Assert.Equal(1, result.ExitCode);
            ExpectFull(result);
            foreach (var name in Names(target).Where(name => new FileInfo(name).LinkTarget is null))
                Assert.True(File.ReadAllBytes(stage["expected"] + name[target.Length..]).AsSpan().SequenceEqual(File.ReadAllBytes(name)), $"{name} is not whole");
        }

        Assert.InRange(failures, 1, FirstFailures.Length);
    }

    [Fact]
    public async Task A_backup_that_runs_out_of_room_anywhere_loses_nothing_and_the_next_one_works()
    {
        using var stage = await KillStage.CreateAsync();
        var failures = 0;
        foreach (var first in FirstFailures)
        {
            await stage.ResetAsync();
            var result = await RunAsync(stage, first, "backup", stage.Application);

            if (result.ExitCode != 0) failures++;
            // In part: where a hot journal cannot be rolled back on a full disk, its database is named and the rest is saved.
            Assert.True(result.ExitCode is 0 or 1 or 3, result.ToString());
            if (result.ExitCode == 1) ExpectFull(result);
            if (result.ExitCode == 3) Assert.Matches("journal[.]db.* was not saved: the disk of .* is full", result.Error);
            Assert.Empty(Directory.GetFiles(Path.Combine(stage.Repository, "locks")));
            Assert.Equal(result.ExitCode == 1 ? 1 : 2, (await stage.Opened.SnapshotsAsync()).Count);
            await stage.Opened.ExpectSoundAsync(allowHints: true);
            await stage.ExpectVersionAsync(2, stage.Application);
            await stage.Program.RunAsync("backup", stage.Application);
        }

        Assert.InRange(failures, 2, FirstFailures.Length);
    }

    private static void ExpectFull(ProgramResult result)
    {
        Assert.Matches("(?i)no space left|the disk of .* is full", result.Error);
        Assert.Contains("hint:", result.Error, StringComparison.Ordinal);
    }

    private static Task<ProgramResult> RunAsync(KillStage stage, int first, params string[] arguments)
    {
        var inject = string.Create(CultureInfo.InvariantCulture, $"inject=pwrite64:error=ENOSPC:when={first}+");
        return RunningProcess.RunAsync(
            RealComponent.Require("strace"),
            ["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", inject, .. HoldfastProgram.Command, .. arguments],
            stage.Program.Variables);
    }

    private static List<string> Names(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })];
}
