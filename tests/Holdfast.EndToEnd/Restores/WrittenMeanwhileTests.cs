using System.Globalization;
using Holdfast.EndToEnd.Killing;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>
/// Somebody who opens a database, commits and closes it again while a restore in place is under way, or between its kill and its settling: what was
/// confirmed to him is in the application, in a safety snapshot or in a file that is named.
/// </summary>
public sealed class WrittenMeanwhileTests
{
    // Exchanged in this order.
    private static readonly string[] Databases = ["data/journal.db", "data/log.db"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_between_the_last_look_and_the_lock_is_not_lost()
    {
        using var stage = await KillStage.CreateAsync();
        var marker = Path.Combine(Path.GetDirectoryName(stage.Repository)!, ".repository.holdfast-restoring");
        // The marker is renamed to its name when everything was saved and looked at, and nothing is locked yet.
        await using var restore = RunningProcess.Start(
            RealComponent.Require("strace"),
            ["-f", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2", "-e", "inject=rename,renameat,renameat2:delay_enter=1000000",
                .. HoldfastProgram.Command, "restore", stage.First, "--yes"],
            stage.Program.Variables,
            stage.Application);
        await Conditions.Eventually(
            "the marker is about to be renamed", () => Directory.GetFiles(Path.GetDirectoryName(marker)!, ".*.holdfast-restoring.holdfast-new-*").Length > 0);
        Assert.False(File.Exists(marker));
        Commit(stage, "data/log.db");
        Assert.False(File.Exists(marker));

        var result = await restore.WaitForExitAsync();

        Assert.Contains("has written to", result.Expect(1).Error, StringComparison.Ordinal);
        Assert.True(Has(Path.Combine(stage.Application, "data/log.db")));
        Assert.Empty(Kept(stage));
        await stage.ExpectVersionAsync(2, stage.Application);
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("undo")]
    public async Task What_was_committed_between_a_kill_and_the_settling_is_kept_and_named(string how)
    {
        using var stage = await KilledAsync();
        foreach (var database in Databases) Commit(stage, database);
        var changed = Path.Combine(stage.Application, "files/changed");
        await File.AppendAllTextAsync(changed, "written", Token);

        var settled = await stage.RunAsync("operations", how, "1");

        var kept = Assert.Single(Kept(stage), path => path.Contains(".db", StringComparison.Ordinal));
        Assert.Contains(kept, settled.Output + settled.Error, StringComparison.Ordinal);
        Assert.True(Has(kept));
        // The first was new already and the second old: each stays where its state is the wanted one.
        var stayed = how == "resume" ? Databases[0] : Databases[1];
        Assert.True(Has(Path.Combine(stage.Application, stayed)));
        Assert.EndsWith("written", await File.ReadAllTextAsync(how == "undo" ? changed : Assert.Single(Kept(stage), path => path != kept), Token), StringComparison.Ordinal);
        foreach (var database in Databases) Assert.Equal(how == "resume" ? 1 : 2, VersionedDatabase.Version(Path.Combine(stage.Application, database)));
    }

    [Theory]
    [InlineData("resume", 1)]
    [InlineData("undo", 2)]
    public async Task A_database_that_somebody_put_in_the_place_of_the_new_one_is_kept_and_named(string how, int version)
    {
        using var stage = await KilledAsync();
        var database = Path.Combine(stage.Application, Databases[0]);
        VersionedDatabase.Write(stage["mended"], "delete", 2);
        File.Move(stage["mended"], database, overwrite: true);
        Commit(stage, Databases[0]);

        var settled = await stage.RunAsync("operations", how, "1");

        var kept = Assert.Single(Kept(stage));
        Assert.EndsWith(".replaced", kept, StringComparison.Ordinal);
        Assert.Contains(kept, settled.Output + settled.Error, StringComparison.Ordinal);
        Assert.True(Has(kept));
        await stage.ExpectVersionAsync(version, stage.Application);
    }

    [Fact]
    public async Task A_rollback_to_a_state_between_two_states_is_refused_unless_it_is_wanted()
    {
        using var stage = await KilledAsync();
        var between = await stage.VersionsAsync(stage.Application);
        // The journal is lost; the marker is not.
        await KillStage.RemoveAsync(stage.Program.State);
        Directory.CreateDirectory(stage.Program.State);
        await stage.RunAsync("restore", stage.First, "--yes", "--over-interrupted");
        await stage.ExpectVersionAsync(1, stage.Application);

        Assert.Contains("between two states", (await stage.TryRunAsync("rollback", "--dry-run")).Expect(1).Output, StringComparison.Ordinal);
        var refused = (await stage.TryRunAsync("rollback", "--yes")).Expect(1);

        Assert.Contains("between two states", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        await stage.ExpectVersionAsync(1, stage.Application);
        await stage.RunAsync("rollback", "--yes", "--force");
        var back = await stage.VersionsAsync(stage.Application);
        Assert.All(Databases, database => Assert.Equal(between[database], back[database]));
    }

    [Fact]
    public async Task A_folder_that_is_mounted_read_only_is_named_before_anything_is_begun_and_nothing_is_owed()
    {
        RealComponent.RequireRoot("mount a folder read-only");
        var mount = RealComponent.Require("mount");
        using var stage = await KillStage.CreateAsync();
        var folder = Path.Combine(stage.Application, "files/sub");
        var mounted = await RunningProcess.RunAsync(mount, ["--bind", folder, folder]);
        if (mounted.ExitCode != 0) RealComponent.Missing($"nothing can be mounted here: {mounted.Error.Trim()}");
        try
        {
            (await RunningProcess.RunAsync(mount, ["-o", "remount,ro,bind", folder])).Expect(0);
            Assert.Contains($"the folder \"{folder}\" cannot be written to: Read-only file system", (await stage.TryRunAsync("restore", stage.First, "--dry-run")).Expect(1).Output, StringComparison.Ordinal);

            var refused = (await stage.TryRunAsync("restore", stage.First, "--yes")).Expect(1);

            Assert.Contains("Read-only file system", refused.Error, StringComparison.Ordinal);
            Assert.Contains("change owner or mode of the folder", refused.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("move", refused.Error, StringComparison.Ordinal);
            Assert.Equal("failed", (await stage.RunAsync("operations", "list", "--json")).Json()[0].GetProperty("state").GetString());
            Assert.Contains("nothing to resume or undo", (await stage.TryRunAsync("operations", "undo", "1")).Expect(2).Error, StringComparison.Ordinal);
        }
        finally
        {
            (await RunningProcess.RunAsync("umount", ["--lazy", folder])).Expect(0);
        }
    }

    /// <summary>One database is exchanged and the next is not.</summary>
    private static async Task<KillStage> KilledAsync()
    {
        while (true)
        {
            var stage = await KillStage.CreateAsync();
            var killed = await stage.Traced().RunAsync(InterruptedStage.HalfExchanged, "restore", stage.First, "--yes");
            Assert.True(killed.WasKilled, killed.Program.ToString());
            // On a busy machine the kill may come just after the second exchange.
            if (!killed.WasTooLate) return stage;
            stage.Dispose();
        }
    }

    private static void Commit(KillStage stage, string database)
    {
        using var connection = SqliteConnections.Open(Path.Combine(stage.Application, database));
        connection.Execute("CREATE TABLE confirmed (x); INSERT INTO confirmed VALUES (1)");
    }

    private static bool Has(string database)
    {
        using var connection = SqliteConnections.Open(database);
        return Convert.ToInt64(connection.Scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'confirmed'"), CultureInfo.InvariantCulture) == 1;
    }

    private static List<string> Kept(KillStage stage) =>
        [.. Directory.GetFiles(stage.Application, "*.before-restore-*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith("-wal", StringComparison.Ordinal) && !path.EndsWith("-shm", StringComparison.Ordinal) && !path.EndsWith("-journal", StringComparison.Ordinal))];
}
