using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A restore to a target that is killed: what has its name is whole, and the next one to an empty target works.</summary>
public sealed class TargetRestoreKillTests
{
    [Fact]
    public async Task A_restore_to_a_target_killed_at_any_call_leaves_only_whole_files_under_their_names()
    {
        using var stage = await KillStage.CreateAsync();
        var target = stage["target"];
        var program = new TracedProgram(stage.Program, stage.Repository, target);

        await new KillSweep("restore to a target", sample: 5).RunAsync(
            program,
            async () =>
            {
                await stage.ResetAsync();
                await KillStage.RemoveAsync(target);
            },
            ["restore", "latest", "--target", target],
            run => VerifyTargetAsync(stage, target, run));
    }

    private static async Task VerifyTargetAsync(KillStage stage, string target, TracedRun run)
    {
        var application = target + stage.Application;
        foreach (var name in Names(application))
        {
            var (expected, actual) = (Path.Combine(stage.ExpectedFirst, name), Path.Combine(application, name));
            if (new FileInfo(expected).LinkTarget is { } leads) Assert.Equal(leads, new FileInfo(actual).LinkTarget);
            else Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)), $"{name} is not whole");
        }

        if (!run.WasKilled) await stage.ExpectVersionAsync(1, application);
        await KillStage.RemoveAsync(target);
        await stage.Program.RunAsync("restore", "latest", "--target", target);
        await stage.ExpectVersionAsync(1, application);
    }

    /// <summary>Everything but what has its temporary name still.</summary>
    private static List<string> Names(string folder) =>
        !Directory.Exists(folder)
            ? []
            : [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })
                .Where(path => !Path.GetFileName(path).StartsWith('.'))
                .Select(path => Path.GetRelativePath(folder, path))];
}
