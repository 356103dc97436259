using System.Globalization;
using System.Text.Json;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// A restore in place, and a rollback, killed at any call: the application is entirely old or entirely new, or the journal knows better, and
/// `undo` makes it entirely old and `resume` entirely new.
/// </summary>
public sealed class InPlaceRestoreKillTests
{
    private const string Kept = ".before-restore-";
    private int _killed;

    [Fact]
    public async Task A_restore_in_place_killed_at_any_call_ends_entirely_old_or_entirely_new()
    {
        using var stage = await KillStage.CreateAsync();
        var program = new TracedProgram(stage.Program, stage.Repository, stage.Application, stage.Program.State);

        await new KillSweep("restore in place", sample: 9) { Critical = IsExchange }
            .RunAsync(program, stage.ResetAsync, ["restore", stage.First, "--yes"], run => VerifyAsync(stage, run, before: 2, after: 1));
    }

    [Fact]
    public async Task A_rollback_killed_at_any_call_ends_entirely_old_or_entirely_new()
    {
        using var stage = await KillStage.CreateAsync();
        var program = new TracedProgram(stage.Program, stage.Repository, stage.Application, stage.Program.State);

        await new KillSweep("rollback", sample: 5).RunAsync(
            program,
            async () =>
            {
                await stage.ResetAsync();
                await KillStage.RemoveAsync(stage.Program.State);
                await stage.Program.RunAsync("restore", stage.First, "--yes");
            },
            ["rollback", "--yes"],
            run => VerifyAsync(stage, run, before: 1, after: 2));
    }

    private static bool IsExchange(string call) =>
        call.StartsWith("rename", StringComparison.Ordinal) && call.EndsWith(".db\"", StringComparison.Ordinal);

    private async Task VerifyAsync(KillStage stage, TracedRun run, int before, int after)
    {
        var versions = await stage.VersionsAsync(stage.Application);
        Assert.All(versions, entry => Assert.InRange(entry.Value, 1, 2));
        var version = await SettleAsync(stage, before, after) ?? Assert.Single(versions.Values.Distinct());
        if (!run.WasKilled) Assert.Equal(after, version);
        Assert.Empty(Markers(stage));

        await stage.ExpectVersionAsync(version, stage.Application);
        Assert.Equal($"sub/only-{version}", new FileInfo(Path.Combine(stage.Application, "files/link")).LinkTarget);
        Assert.True(File.Exists(Path.Combine(stage.Application, "files/sub/only-2")));
        // What only the snapshot has is there after a restore, and gone when it was undone or rolled back.
        Assert.Equal(version == 1, File.Exists(Path.Combine(stage.Application, "files/sub/only-1")));
        Assert.Empty(Leftovers(stage.Application));

        (await stage.Program.RunAsync("restore", stage.First, "--yes")).Expect(0);
        await stage.ExpectVersionAsync(1, stage.Application);
        Assert.Empty(Leftovers(stage.Application));
    }

    /// <summary>Undoes or finishes, in turns, what the journal calls interrupted. Returns the version that must be there then; null when there is nothing.</summary>
    private async Task<int?> SettleAsync(KillStage stage, int before, int after)
    {
        if (await InterruptedAsync(stage) is not { } number) return null;
        var text = number.ToString(CultureInfo.InvariantCulture);
        var status = (await stage.Program.TryRunAsync("status")).Output;
        Assert.Contains($"operation {text}", status, StringComparison.Ordinal);
        if (status.Contains("may be restored and some not", StringComparison.Ordinal) || status.Contains("not known yet", StringComparison.Ordinal))
            Assert.Contains(stage[".repository.holdfast-restoring"], Markers(stage));
        if (_killed++ % 2 == 1)
        {
            var undone = await stage.Program.TryRunAsync("operations", "undo", text);
            if (undone.ExitCode == 0) return before;
            // Everything was in its place and accepted: only the old things were still to be removed.
            Assert.Contains("had come to its end", undone.Expect(2).Error, StringComparison.Ordinal);
        }

        (await stage.Program.TryRunAsync("operations", "resume", text)).Expect(0);
        Assert.Null(await InterruptedAsync(stage));
        return after;
    }

    private static async Task<long?> InterruptedAsync(KillStage stage)
    {
        var list = await stage.Program.RunAsync("operations", "list", "--json");
        using var operations = JsonDocument.Parse(list.Output);
        var interrupted = operations.RootElement.EnumerateArray().Where(operation => operation.GetProperty("state").GetString() == "interrupted").ToList();
        return interrupted.Count == 0 ? null : Assert.Single(interrupted).GetProperty("number").GetInt64();
    }

    // Without a manifest it lies beside the repository; and what a killed process has left of writing it.
    private static string[] Markers(KillStage stage) => Directory.GetFiles(Path.GetDirectoryName(stage.Repository)!, ".*repository.holdfast-*");

    private static List<string> Leftovers(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })
            .Where(path => Path.GetFileName(path) is var name
                && (name.Contains(".holdfast-", StringComparison.Ordinal) || name.Contains(Kept, StringComparison.Ordinal)))];
}
