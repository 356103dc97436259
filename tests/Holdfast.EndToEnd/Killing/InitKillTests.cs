using System.Globalization;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// An init that is killed: there is a repository that works, or none; and doing what the next init says leads to one, with a key and a sheet that fit.
/// The 256 folders for packs are made one after another and are all alike, so only two of them are looked at.
/// </summary>
public sealed class InitKillTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task An_init_of_a_repository_killed_at_any_call_leaves_a_working_one_or_none()
    {
        var repository = _temp["repository"];
        using var program = new HoldfastProgram(repository, OwnRepository.Passphrase);
        var traced = new TracedProgram(program, Interesting(repository));
        var file = _temp.WriteFile("file", "content");

        await new KillSweep("init of a repository", sample: 4).RunAsync(traced, () => KillStage.RemoveAsync(repository), ["init"], async _ =>
        {
            if (!File.Exists(Path.Combine(repository, "config")))
            {
                Assert.Equal(10, (await program.TryRunAsync("backup", file)).ExitCode);
                await InitAgainAsync(program, null, repository);
            }

            await ExpectUsableAsync(program, null, repository, OwnRepository.Passphrase, file);
        });
    }

    [Fact]
    public async Task An_init_of_a_folder_killed_at_any_call_can_be_finished_by_doing_what_the_next_one_says()
    {
        var folder = _temp["application"];
        var repository = Path.Combine(folder, "backups");
        using var program = new HoldfastProgram(passphrase: null);
        var traced = new TracedProgram(program, [.. Interesting(repository), folder + "/.holdfast-", folder + "/holdfast", folder + ">"]) { WorkingDirectory = folder };

        await new KillSweep("init of a folder", sample: 5).RunAsync(traced, ResetAsync, ["init", "--no-backup"], async _ =>
        {
            if (!File.Exists(Path.Combine(repository, "config"))) await InitAgainAsync(program, folder, repository);
            var key = (await File.ReadAllTextAsync(Path.Combine(folder, "holdfast.key"), Token)).TrimEnd('\n');
            Assert.Contains(key, await File.ReadAllTextAsync(Path.Combine(folder, "holdfast.key.recovery-sheet.txt"), Token), StringComparison.Ordinal);
            await ExpectUsableAsync(program, folder, repository, key);
            var saved = await ResticProgram.On(repository, key).RunAsync("ls", "latest");
            Assert.Contains("/application/app.db", saved.Output, StringComparison.Ordinal);
            // Neither the key nor what a killed process left of it is locked in with the backups.
            Assert.DoesNotContain(saved.OutputLines, line => line.Contains("holdfast.key", StringComparison.Ordinal) || line.Contains(".holdfast-", StringComparison.Ordinal));
        });

        async Task ResetAsync()
        {
            await KillStage.RemoveAsync(folder);
            Directory.CreateDirectory(folder);
            VersionedDatabase.Write(Path.Combine(folder, "app.db"), "wal", 1);
        }
    }

    [Fact]
    public async Task An_init_killed_in_its_first_backup_has_made_all_else_and_a_backup_goes_on()
    {
        var folder = _temp["application"];
        var repository = Path.Combine(folder, "backups");
        using var program = new HoldfastProgram(passphrase: null);
        var traced = new TracedProgram(program, [repository + "/snapshots", repository + "/index", repository + "/locks"]) { WorkingDirectory = folder };

        await new KillSweep("first backup of an init", sample: 4).RunAsync(traced, ResetAsync, ["init"], async _ =>
        {
            if (!File.Exists(Path.Combine(repository, "config"))) await InitAgainAsync(program, folder, repository);
            var again = (await program.TryRunInAsync(folder, "init")).Expect(2);
            Assert.Contains("go on with `holdfast backup`", again.Error, StringComparison.Ordinal);
            // The lock of the one that was killed is told from that of a living process.
            (await program.TryRunInAsync(folder, "unlock")).Expect(0);
            var key = (await File.ReadAllTextAsync(Path.Combine(folder, "holdfast.key"), Token)).TrimEnd('\n');
            await ExpectUsableAsync(program, folder, repository, key);
        });

        async Task ResetAsync()
        {
            await KillStage.RemoveAsync(folder);
            Directory.CreateDirectory(folder);
            VersionedDatabase.Write(Path.Combine(folder, "app.db"), "wal", 1);
        }
    }

    private static string[] Interesting(string repository) => [repository + "/keys", repository + "/config", repository + "/data/00", repository + "/data/ff", repository + ">"];

    /// <summary>Does what init says until it is content, which must not take many rounds.</summary>
    private static async Task InitAgainAsync(HoldfastProgram program, string? folder, string repository)
    {
        for (var round = 1; ; round++)
        {
            var again = await program.TryRunInAsync(folder, "init", "--no-backup");
            if (again.ExitCode == 0) return;
            again.Expect(2);
            if (again.Error.Contains("holdfast.key is there already", StringComparison.Ordinal)) File.Delete(Path.Combine(folder!, "holdfast.key"));
            else if (again.Error.Contains("recovery-sheet.txt is there already", StringComparison.Ordinal)) File.Delete(Path.Combine(folder!, "holdfast.key.recovery-sheet.txt"));
            else if (again.Error.Contains("as an interrupted init leaves it", StringComparison.Ordinal)) await KillStage.RemoveAsync(repository);
            else Assert.Fail(again.ToString());
            Assert.True(round < 4, string.Create(CultureInfo.InvariantCulture, $"after {round} rounds: {again}"));
        }
    }

    private static async Task ExpectUsableAsync(HoldfastProgram program, string? folder, string repository, string passphrase, params string[] paths)
    {
        (await program.TryRunInAsync(folder, ["backup", .. paths])).Expect(0);
        await ResticProgram.On(repository, passphrase).RunAsync("check", "--read-data");
    }
}
