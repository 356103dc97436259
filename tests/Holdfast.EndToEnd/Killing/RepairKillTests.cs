using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>A repair that is killed makes nothing worse, and the next one finishes.</summary>
public sealed class RepairKillTests
{
    [Fact]
    public async Task A_repair_of_the_index_killed_at_any_call_loses_no_pack_and_the_next_one_finishes()
    {
        using var stage = await KillStage.CreateAsync();
        await stage.Program.RunAsync("backup", stage.Application);
        var index = Files(stage, "index");
        Assert.Equal(2, index.Count);
        File.Delete(index[0]);
        Flip(index[1], Middle);
        await KillStage.CopyAsync(stage.Repository, stage["hurt"]);
        var (packs, snapshots) = (Names(stage, "data"), Names(stage, "snapshots"));
        var program = new TracedProgram(stage.Program, stage.Repository);

        await new KillSweep("repair index", sample: 3).RunAsync(program, () => KillStage.CopyAsync(stage["hurt"], stage.Repository), ["repair", "index"], async _ =>
        {
            Assert.Equal(packs, Names(stage, "data"));
            Assert.Equal(snapshots, Names(stage, "snapshots"));
            await stage.Opened.Restic.RunAsync("unlock");
            await stage.Program.RunAsync("repair", "index");
            await stage.Opened.ExpectSoundAsync();
            await ExpectRestoredAsync(stage, stage.First, 1);
            await ExpectRestoredAsync(stage, "latest", 2);
        });
    }

    [Fact]
    public async Task A_repair_of_packs_killed_at_any_call_loses_nothing_that_was_good_and_the_next_one_finishes()
    {
        using var stage = await KillStage.CreateAsync();
        await stage.Program.RunAsync("backup", stage.Application);
        // The header is hurt and no blob is: all of them can be saved, and every snapshot can be restored all the time.
        var pack = Files(stage, "data").MaxBy(file => new FileInfo(file).Length)!;
        Flip(pack, length => length - 10);
        await KillStage.CopyAsync(stage.Repository, stage["hurt"]);
        string[] command = ["repair", "packs", Path.GetFileName(pack)];
        var program = new TracedProgram(stage.Program, stage.Repository);

        await new KillSweep("repair packs", sample: 3).RunAsync(program, () => KillStage.CopyAsync(stage["hurt"], stage.Repository), command, async _ =>
        {
            await stage.Opened.Restic.RunAsync("unlock");
            await ExpectRestoredAsync(stage, stage.First, 1);
            await ExpectRestoredAsync(stage, "latest", 2);
            if (File.Exists(pack)) await stage.Program.RunAsync(command);
            // What a killed run has copied is not in use, and prune removes it.
            await stage.Program.RunAsync("prune", "--max-unused", "0");
            await stage.Opened.ExpectSoundAsync();
            await ExpectRestoredAsync(stage, "latest", 2);
        });
    }

    [Fact]
    public async Task A_repair_of_snapshots_killed_at_any_call_loses_nothing_that_was_good_and_the_next_one_finishes()
    {
        using var stage = await KillStage.CreateAsync();
        var before = Names(stage, "data");
        await stage.Program.RunAsync("backup", stage.Application);
        var pack = Files(stage, "data").Where(file => !before.Contains(Path.GetFileName(file), StringComparer.Ordinal)).MaxBy(file => new FileInfo(file).Length)!;
        Flip(pack, Middle);
        (await stage.Program.TryRunAsync("repair", "packs", Path.GetFileName(pack))).Expect(3);
        await KillStage.CopyAsync(stage.Repository, stage["hurt"]);
        var program = new TracedProgram(stage.Program, stage.Repository);

        await new KillSweep("repair snapshots", sample: 3).RunAsync(program, () => KillStage.CopyAsync(stage["hurt"], stage.Repository), ["repair", "snapshots", "--forget"], async _ =>
        {
            await stage.Opened.Restic.RunAsync("unlock");
            Assert.InRange(Names(stage, "snapshots").Count, 2, 3);
            await ExpectRestoredAsync(stage, stage.First, 1);
            await stage.Program.RunAsync("repair", "snapshots", "--forget");
            await stage.Opened.ExpectSoundAsync(allowHints: true);
            Assert.Equal(2, Names(stage, "snapshots").Count);
            await KillStage.RemoveAsync(stage["restored"]);
            await stage.Opened.Restic.RunAsync("restore", "latest", "--target", stage["restored"]);
            Assert.True(File.Exists(stage["restored"] + stage.Application + "/files/sub/only-2"));
        });
    }

    private static int Middle(int length) => length / 2;

    private static async Task ExpectRestoredAsync(KillStage stage, string snapshot, int version)
    {
        await KillStage.RemoveAsync(stage["restored"]);
        await stage.Opened.Restic.RunAsync("restore", snapshot, "--target", stage["restored"]);
        await stage.ExpectVersionAsync(version, stage["restored"] + stage.Application);
    }

    private static List<string> Files(KillStage stage, string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(stage.Repository, folder), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>The files of a kind that are not on their way.</summary>
    private static List<string> Names(KillStage stage, string folder) =>
        [.. Files(stage, folder).Select(file => Path.GetFileName(file)).Where(name => name.Length == 64).Order(StringComparer.Ordinal)];

    private static void Flip(string path, Func<int, int> at)
    {
        var content = File.ReadAllBytes(path);
        content[at(content.Length)] ^= 1;
        File.SetAttributes(path, FileAttributes.Normal);
        File.WriteAllBytes(path, content);
    }
}
