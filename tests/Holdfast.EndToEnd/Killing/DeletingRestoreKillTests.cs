using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// A restore that deletes what came after the snapshot, files and a whole folder, killed at any call: see <see cref="RestoreVerdict"/>. What it
/// deletes is there entirely or gone entirely, together with everything else.
/// </summary>
public sealed class DeletingRestoreKillTests
{
    private static readonly string[] Later = ["files/sub/only-2", "files/later/a", "files/later/deep/b", "files/later/deep/deeper/c"];

    [Fact]
    public async Task A_restore_that_deletes_killed_at_any_call_ends_entirely_old_or_entirely_new()
    {
        using var stage = await KillStage.CreateAsync(_ => string.Empty);
        foreach (var name in Later)
        {
            var path = Path.Combine(stage.Application, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, "came later", TestContext.Current.CancellationToken);
        }

        await stage.KeepAsync();
        string[] restore = ["restore", stage.First, "--delete", "--yes"];
        var verdict = new RestoreVerdict(stage, old: 2, @new: 1)
        {
            Again = restore,
            OfTheOldOnly = Later,
            // Not an empty folder either.
            Also = () => Assert.Equal(File.Exists(Path.Combine(stage.Application, "files/later/a")), Directory.Exists(Path.Combine(stage.Application, "files/later"))),
        };

        await new KillSweep("restore that deletes", sample: 4) { Critical = call => call.Contains("/later", StringComparison.Ordinal) }
            .RunAsync(stage.Traced(), stage.ResetAsync, restore, verdict.ExpectAsync);
    }
}
