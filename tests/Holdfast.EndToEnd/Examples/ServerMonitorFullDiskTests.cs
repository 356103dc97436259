using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>examples/server-monitor on a disk that is nearly full.</summary>
public sealed class ServerMonitorFullDiskTests
{
    [Fact]
    public async Task A_restore_without_room_is_refused_before_anything_changes_and_the_monitor_goes_on()
    {
        RealComponent.Require("gpg");
        await using var monitor = await ExampleApplication.StartAsync("server-monitor", "servers.db", await SmallFileSystem.MountAsync(24_000_000));
        monitor.Holdfast.With("DB_BACKUP_PASSPHRASE", "YourSecurePassphrase").With("TMPDIR", Path.GetTempPath());
        // The repository has room elsewhere; the application's own disk has none.
        monitor.Edit("path: backups", $"path: \"{monitor["repository"]}\"");
        await monitor.RunAsync(0, "init", "--no-backup");
        await monitor.AskAsync("create table reports(body blob); insert into reports values (randomblob(3000000))");
        await monitor.RunAsync(0, "backup");
        var name = (await monitor.JsonAsync(0, "archives"))[0].Text("name");
        await monitor.AskAsync("update servers set address = 'present'");
        var process = monitor.ProcessId();
        FillUp(monitor.Root, leave: 1_000_000);

        var files = Files(monitor);

        var full = await monitor.JsonAsync(1, "restore", name, "--yes");

        Assert.Equal("NoSpace", full.Text("error"));
        Assert.Equal(process, monitor.ProcessId());
        Assert.True(await monitor.IsHealthyAsync());
        Assert.Equal("5", await monitor.AskAsync("select count(*) from servers where address = 'present'"));
        Assert.Equal(files, Files(monitor));
        File.Delete(Path.Combine(monitor.Root, "filler"));
        await monitor.RunAsync(0, "restore", name, "--yes");
        Assert.Equal("0", await monitor.AskAsync("select count(*) from servers where address = 'present'"));
    }

    private static IEnumerable<string> Files(ExampleApplication monitor) =>
        [.. Directory.GetFiles(monitor.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void FillUp(string folder, long leave) =>
        File.WriteAllBytes(Path.Combine(folder, "filler"), new byte[new DriveInfo(folder).AvailableFreeSpace - leave]);
}
