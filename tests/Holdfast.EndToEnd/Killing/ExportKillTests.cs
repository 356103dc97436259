using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>An export, and a backup into a folder of archives, killed at any call: what has the name of an archive is a whole one.</summary>
public sealed class ExportKillTests
{
    [Fact]
    public async Task An_export_killed_at_any_call_leaves_a_whole_archive_or_none_and_the_next_one_works()
    {
        using var stage = await KillStage.CreateAsync();
        var folder = Directory.CreateDirectory(stage["out"]).FullName;
        var archive = Path.Combine(folder, "first.tar.zst");

        await new KillSweep("export", sample: 4) { Critical = call => call.StartsWith("rename", StringComparison.Ordinal) && call.Contains(folder, StringComparison.Ordinal) }.RunAsync(
            stage.Traced(folder),
            async () =>
            {
                await stage.ResetAsync();
                await KillStage.RemoveAsync(folder);
                Directory.CreateDirectory(folder);
            },
            ["export", stage.First, "--output", archive],
            async run =>
            {
                if (!run.WasKilled) Assert.True(File.Exists(archive));
                if (File.Exists(archive)) await stage.RunAsync("verify", archive);
                Assert.All(Directory.GetFiles(folder).Where(path => path != archive), ExpectHidden);
                await stage.ExpectVersionAsync(2, stage.Application);

                await stage.RunAsync("export", stage.First, "--output", archive, "--force");
                await stage.RunAsync("verify", archive);
            });
    }

    [Fact]
    public async Task A_backup_into_a_folder_of_archives_killed_at_any_call_there_lists_whole_archives_alone_and_the_next_one_works()
    {
        using var stage = await KillStage.CreateAsync(stage => $"""
            archives:
              plain:
                folder: {stage["archives"]}
                format: tar.zst
                prefix: killed
                keep_last: 2
            """);
        // The first backup has made one; with two more the oldest is due.
        await stage.RunAsync("backup");
        await KillStage.CopyAsync(stage["archives"], stage["pristine-archives"]);
        await stage.KeepAsync();

        await new KillSweep("backup into a folder of archives", sample: 4).RunAsync(
            new TracedProgram(stage.Program, stage["archives"]) { WorkingDirectory = stage.Application },
            async () =>
            {
                await stage.ResetAsync();
                await KillStage.CopyAsync(stage["pristine-archives"], stage["archives"]);
            },
            ["backup"],
            async run =>
            {
                var whole = await ExpectWholeAsync(stage);
                Assert.InRange(whole.Count, run.WasKilled ? 1 : 2, 3);
                await stage.RunAsync("backup");
                Assert.InRange((await ExpectWholeAsync(stage)).Count, 2, 3);
            });
    }

    /// <summary>Everything that is listed as an archive is one; everything else is hidden or belongs to one.</summary>
    private static async Task<IReadOnlyList<string>> ExpectWholeAsync(KillStage stage)
    {
        var listed = (await stage.RunAsync("archives", "--json")).Json().EnumerateArray().Select(archive => archive.GetProperty("file").GetString()!).ToList();
        foreach (var archive in listed) await stage.RunAsync("verify", archive);
        var others = Directory.GetFiles(stage["archives"]).Except(listed, StringComparer.Ordinal).ToList();
        Assert.All(others.Where(path => !path.EndsWith(".meta", StringComparison.Ordinal)), ExpectHidden);
        return listed;
    }

    private static void ExpectHidden(string path)
    {
        if (path.EndsWith(".meta", StringComparison.Ordinal)) return;
        Assert.StartsWith(".holdfast-", Path.GetFileName(path), StringComparison.Ordinal);
    }
}
