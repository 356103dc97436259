using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A restore in place that is killed: every database and file is entirely old or entirely new, and the next restore finishes the work.</summary>
public sealed class InPlaceRestoreKillTests
{
    private const string Kept = ".before-restore-";

    [Fact]
    public async Task A_restore_in_place_killed_at_any_call_leaves_every_database_entirely_old_or_new_and_the_next_one_finishes()
    {
        using var stage = await KillStage.CreateAsync();
        var program = new TracedProgram(stage.Program, stage.Repository, stage.Application);

        // The exchange of each database, and the journals of the old one that must be gone before it.
        await new KillSweep("restore in place", sample: 7) { Critical = call => call.StartsWith("rename", StringComparison.Ordinal) && call.EndsWith(".db\"", StringComparison.Ordinal) }
            .RunAsync(program, stage.ResetAsync, ["restore", "latest"], run => VerifyInPlaceAsync(stage, run));
    }

    private static async Task VerifyInPlaceAsync(KillStage stage, TracedRun run)
    {
        var versions = await stage.VersionsAsync(stage.Application);
        Assert.All(versions, entry => Assert.InRange(entry.Value, 1, 2));
        // Databases first: while one of them is old, no file is new.
        if (versions.Any(entry => entry.Key.EndsWith(".db", StringComparison.Ordinal) && entry.Value == 2)) Assert.Equal(2, versions["files/changed"]);
        if (!run.WasKilled) Assert.All(versions, entry => Assert.Equal(1, entry.Value));
        var kept = Names(stage.Application, name => name.Contains(Kept, StringComparison.Ordinal));

        var next = await stage.Program.RunAsync("restore", "latest");

        await stage.ExpectVersionAsync(1, stage.Application);
        Assert.Empty(Names(stage.Application, name => name.Contains(".holdfast-", StringComparison.Ordinal)));
        // What was kept is told and not touched; nothing new is kept.
        Assert.Equal(kept, Names(stage.Application, name => name.Contains(Kept, StringComparison.Ordinal)));
        Assert.All(kept, name => Assert.Contains(name, next.Error, StringComparison.Ordinal));
        Assert.Equal("of one version", await File.ReadAllTextAsync(Path.Combine(stage.Application, "files/sub/only-2"), TestContext.Current.CancellationToken));
    }

    private static List<string> Names(string folder, Predicate<string> predicate) =>
        !Directory.Exists(folder)
            ? []
            : [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })
                .Where(path => predicate(Path.GetFileName(path)))
                .Select(path => Path.GetRelativePath(folder, path))
                .Order(StringComparer.Ordinal)];
}
