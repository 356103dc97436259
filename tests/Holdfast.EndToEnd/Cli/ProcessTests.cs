using Holdfast.EndToEnd.Restic;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Several at once, locks, and being told to stop.</summary>
public sealed class ProcessTests : WorkplaceTests
{
    private const int HangUp = 1;
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_backups_and_one_by_restic_at_once_all_restore()
    {
        foreach (var name in new[] { "one", "two", "three" })
        {
            Place.WriteRandom(name + "/shared", 1, 3_000_000);
            Place.WriteRandom(name + "/own", name.Length + name[0], 3_000_000);
        }

        string Folder(string name) => Path.Combine(Place.Application, name);
        await using var first = Place.Holdfast.Start("backup", Folder("one"));
        await using var second = Place.Holdfast.Start("backup", Folder("two"));
        await using var third = Place.Restic.Start("backup", Folder("three"));
        foreach (var process in new[] { first, second, third }) (await process.WaitForExitAsync()).Expect(0);

        await Place.Restic.RunAsync("check", "--read-data");
        var snapshots = (await Place.JsonAsync(0, "list")).EnumerateArray().ToList();
        Assert.Equal(3, snapshots.Count);
        foreach (var snapshot in snapshots)
        {
            var target = Place["restored-" + snapshot.Text("id")];
            await Place.JsonAsync(0, "restore", snapshot.Text("id"), "--target", target);
            foreach (var file in Directory.GetFiles(snapshot.Texts("paths")[0])) Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(target + file));
        }

        Assert.Empty(Locks());
    }

    [Fact]
    public async Task An_exclusive_lock_is_exit_code_11_and_names_its_holder()
    {
        Place.Write("file", "content");
        using var repository = await Place.OpenAsync();
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: true, OwnRepository.Identity, TimeProvider.System, Token))
        {
            var locked = await Place.JsonAsync(11, "backup", Place.Application);
            locked.ExpectFailure(11, OwnRepository.Identity.ProcessId.ToString(null, null));
            Assert.Contains(OwnRepository.Identity.HostName, locked.Text("message"), StringComparison.Ordinal);
            var kept = await Place.JsonAsync(0, "unlock");
            Assert.Equal(OwnRepository.Identity.ProcessId, Assert.Single(kept.GetProperty("kept").EnumerateArray().ToList()).GetProperty("pid").GetInt32());
            Assert.Single(Locks());
        }

        await Place.BackUpAsync();
    }

    [Fact]
    public async Task A_lock_left_by_a_dead_process_is_told_with_what_to_do_and_unlock_removes_it()
    {
        using var dead = System.Diagnostics.Process.Start("true");
        await dead.WaitForExitAsync(Token);
        using var repository = await Place.OpenAsync();
        await RepositoryLock.AcquireAsync(repository, exclusive: true, OwnRepository.Identity with { ProcessId = dead.Id }, TimeProvider.System, Token);

        var locked = await Place.JsonAsync(11, "backup", Place.Application);
        Assert.Contains(dead.Id.ToString(null, null), locked.Text("message"), StringComparison.Ordinal);
        Assert.Contains("unlock", locked.Text("hint"), StringComparison.Ordinal);
        var removed = await Place.JsonAsync(0, "unlock");

        removed.ExpectFields("removed", "kept", "unreadable_removed", "unreadable_kept");
        Assert.Equal(dead.Id, Assert.Single(removed.GetProperty("removed").EnumerateArray().ToList()).GetProperty("pid").GetInt32());
        Assert.Empty(Locks());
        Assert.Contains("no locks", (await Place.Holdfast.RunAsync("unlock")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_read_is_told_and_removed_only_on_request()
    {
        await File.WriteAllBytesAsync(Path.Combine(Place.Repository, "locks", new string('a', 64)), new byte[40], Token);

        var told = await Place.Holdfast.RunAsync("unlock");

        Assert.DoesNotContain("no locks", told.Output, StringComparison.Ordinal);
        Assert.Contains("--remove-all", told.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await Place.JsonAsync(0, "unlock")).GetProperty("unreadable_kept").GetInt32());
        Assert.Single(Locks());
        Assert.Equal(1, (await Place.JsonAsync(0, "unlock", "--remove-all")).GetProperty("unreadable_removed").GetInt32());
        Assert.Empty(Locks());
    }

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task Told_to_stop_a_backup_ends_with_130_and_leaves_the_repository_fine(int signal)
    {
        var small = Place.Write("small", "content");
        await Place.BackUpAsync(small);
        new SyntheticTree(Place.Application).Sparse("endless", 200_000_000_000);
        await using var backup = Place.Holdfast.Start("backup", Place.Application, "--json");
        await Conditions.Eventually("it holds its lock", () => Locks().Length > 0);

        backup.Signal(signal);
        var stopped = (await backup.WaitForExitAsync()).Expect(130);

        stopped.Json().ExpectFailure(130, "interrupted");
        Assert.Empty(Locks());
        await Place.JsonAsync(0, "check", "--read-data");
        Assert.Equal(1, (await Place.JsonAsync(0, "list")).GetArrayLength());
        await Place.BackUpAsync(small);
    }

    [Fact]
    public async Task Hanging_up_does_not_stop_a_backup()
    {
        // restic sends SIGHUP to the holders of locks, to see whether they live.
        new SyntheticTree(Place.Application).Sparse("endless", 200_000_000_000);
        await using var backup = Place.Holdfast.Start("backup", Place.Application);
        await Conditions.Eventually("it holds its lock", () => Locks().Length > 0);

        backup.Signal(HangUp);
        await Place.Restic.RunAsync("unlock");

        Assert.Single(Locks());
        Assert.False(backup.HasExited);
        backup.Signal(Interrupt);
        (await backup.WaitForExitAsync()).Expect(130);
    }

    [Fact]
    public async Task Told_to_stop_a_drill_or_a_restore_leaves_nothing_half_done()
    {
        Place.WriteRandom("large", 1, 80_000_000);
        await Place.BackUpAsync();
        Directory.CreateDirectory(Place["scratch"]);
        // At this pace both take a quarter of an hour.
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { Folder = Place.Root });
        string[] slowly = ["--repository", server.Repository("repository"), "--limit-download", "100K"];
        Place.Holdfast.With("HOLDFAST_CACHE", Place["cache"]);
        await using var drill = Place.Holdfast.Start(["drill", "--scratch", Place["scratch"], "--json", .. slowly]);
        await Conditions.Eventually("it writes", () => Directory.GetFileSystemEntries(Place["scratch"]).Length > 0);
        drill.Signal(Interrupt);
        (await drill.WaitForExitAsync()).Expect(130).Json().ExpectFailure(130, "interrupted");
        Assert.Empty(Directory.GetFileSystemEntries(Place["scratch"]));

        await using var restore = Place.Holdfast.Start(["restore", "latest", "--target", Place["target"], .. slowly]);
        await Conditions.Eventually("it writes", () => Directory.Exists(Place["target"] + Place.Application));
        restore.Signal(Interrupt);
        (await restore.WaitForExitAsync()).Expect(130);
        Assert.Empty(Directory.GetFiles(Place["target"], "*", SearchOption.AllDirectories));
        Assert.Empty(Locks());
    }

    private string[] Locks() => Directory.GetFiles(Path.Combine(Place.Repository, "locks"));
}
