using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.State;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// What must be so after a command that changes the application was killed: it is entirely old or entirely new, or the journal knows better, and
/// `undo` makes it entirely old and `resume` entirely new.
/// </summary>
/// <param name="stage">Where it was killed.</param>
/// <param name="old">The version that undoing leads to.</param>
/// <param name="new">The version that finishing leads to.</param>
internal sealed class RestoreVerdict(KillStage stage, int old, int @new)
{
    private const string Kept = ".before-restore-";
    private int _settled;

    /// <summary>The version that a run which is not killed leads to; null for the new one.</summary>
    public int? End { get; init; }

    /// <summary>What must be true beside, whichever end it was.</summary>
    public Action Also { get; init; } = () => { };

    /// <summary>The command that must lead to version 1 in the end, whatever was killed before; null for a restore of the first snapshot.</summary>
    public string[]? Again { get; init; }

    /// <summary>What a restore deletes; empty for one that leaves what only the old state has.</summary>
    public string[] OfTheOldOnly { get; init; } = [];

    public async Task ExpectAsync(TracedRun run)
    {
        var versions = await stage.VersionsAsync(stage.Application);
        Assert.All(versions, entry => Assert.InRange(entry.Value, 1, 2));
        var version = await SettleAsync(run.IsThorough) ?? Assert.Single(versions.Values.Distinct());
        if (!run.WasKilled) Assert.Equal(End ?? @new, version);
        await ExpectEntirelyAsync(version);
        if (!run.IsThorough) return;

        await stage.RunAsync(Again ?? ["restore", stage.First, "--yes"]);
        await ExpectEntirelyAsync(1);
        // The lock of the killed process is still there.
        await stage.Opened.Restic.RunAsync("unlock");
        await stage.Opened.Restic.RunAsync("check");
    }

    private async Task ExpectEntirelyAsync(int version)
    {
        await stage.ExpectVersionAsync(version, stage.Application);
        Assert.Equal($"sub/only-{version}", new FileInfo(Path.Combine(stage.Application, "files/link")).LinkTarget);
        if (OfTheOldOnly.Length == 0) Assert.True(File.Exists(Path.Combine(stage.Application, "files/sub/only-2")));
        Assert.All(OfTheOldOnly, name => Assert.True(File.Exists(Path.Combine(stage.Application, name)) == (version == old), $"version {version}: {name}"));
        // What only the snapshot has is there after a restore, and gone when it was undone or rolled back.
        Assert.Equal(version == 1, File.Exists(Path.Combine(stage.Application, "files/sub/only-1")));
        Assert.Empty(Leftovers(stage.Application));
        Assert.Empty(Markers());
        Also();
    }

    // Beside the manifest, and without one beside the repository; and what a killed process has left of writing it.
    private List<string> Markers() =>
        [.. new[] { stage.Application, Path.GetDirectoryName(stage.Repository)! }.SelectMany(folder => Directory.GetFiles(folder, ".*.holdfast-*"))];

    /// <summary>Undoes or finishes, in turns, what the journal calls interrupted. Returns the version that must be there then; null when there is nothing.</summary>
    private async Task<int?> SettleAsync(bool isThorough)
    {
        if (Interrupted() is not { } operation) return null;
        var text = operation.Number.ToString(CultureInfo.InvariantCulture);
        if (operation.Kind == OperationKind.Import)
        {
            // An archive is taken into the repository first, which is an operation of its own: finishing it changes nothing of the application.
            await stage.RunAsync("operations", "resume", text);
            Assert.Null(Interrupted());
            return old;
        }

        if (isThorough)
        {
            var status = (await stage.TryRunAsync("status")).Output;
            Assert.Contains($"operation {text}", status, StringComparison.Ordinal);
            if (status.Contains("may be restored and some not", StringComparison.Ordinal) || status.Contains("not known yet", StringComparison.Ordinal))
                Assert.Contains(Markers(), path => path.EndsWith(".holdfast-restoring", StringComparison.Ordinal));
        }

        if (_settled++ % 2 == 1)
        {
            var undone = await stage.TryRunAsync("operations", "undo", text);
            if (undone.ExitCode == 0)
            {
                Assert.Null(Interrupted());
                return old;
            }

            // Everything was in its place and accepted: only the old things were still to be removed.
            Assert.Contains("had come to its end", undone.Expect(2).Error, StringComparison.Ordinal);
        }

        await stage.RunAsync("operations", "resume", text);
        Assert.Null(Interrupted());
        return @new;
    }

    // Read here and not by the program, which would be one process more for each kill.
    private Operation? Interrupted()
    {
        var folder = FilePath.From(stage.Program.State);
        if (!LocalState.Exists(folder)) return null;
        using var state = LocalState.Open(folder);
        var interrupted = new OperationJournal(state).Unfinished(null).Where(operation => operation.State == OperationState.Interrupted).ToList();
        return interrupted.Count == 0 ? null : Assert.Single(interrupted);
    }

    private static List<string> Leftovers(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default })
            .Where(path => Path.GetFileName(path) is var name
                && (name.Contains(".holdfast-", StringComparison.Ordinal) || name.Contains(Kept, StringComparison.Ordinal)))];
}
