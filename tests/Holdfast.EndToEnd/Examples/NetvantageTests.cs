using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>examples/netvantage: everything in one file while the application writes, back in place and onto another host.</summary>
public sealed class NetvantageTests
{
    private static Task<ExampleApplication> StartAsync() => ExampleApplication.ReadyAsync("netvantage", "netvantage.db");

    [Fact]
    public async Task Everything_is_in_one_file_made_while_the_application_writes_and_comes_back_in_place()
    {
        await using var monitor = await StartAsync();
        await monitor.JsonAsync(0, "config", "check");
        await monitor.WaitForWritesAsync("device_metrics");

        var backup = await monitor.JsonAsync(0, "backup", "--output", monitor["x.tar.gz"]);
        await monitor.WaitForWritesAsync("device_metrics");
        await ChangeAsync(monitor);
        var process = monitor.ProcessId();
        var restored = await monitor.JsonAsync(0, "restore", "--input", monitor["x.tar.gz"], "--yes");

        Assert.True(backup.GetProperty("drill").GetProperty("proven").GetBoolean());
        var names = (await monitor.ShellAsync($"tar -tzf '{monitor["x.tar.gz"]}'")).Split('\n');
        foreach (var name in new[] { "databases/main.db", "files/config.yaml", "files/netvantage.env", "files/data/certs/ca.key.pem" }) Assert.Contains(name, names);
        await AssertSavedStateAsync(monitor);
        Assert.NotEqual(process, monitor.ProcessId());
        Assert.True(await monitor.IsHealthyAsync());
        await monitor.WaitForWritesAsync("device_metrics");
        Assert.NotNull(restored.Text("safety_snapshot_id"));

        await monitor.RunAsync(0, "rollback", "--yes");
        Assert.Equal("changed\n", await monitor.ReadAsync("config.yaml"));
        Assert.Equal("1", await monitor.AskAsync("select count(*) from alerts"));
    }

    [Fact]
    public async Task The_database_alone_is_a_file_that_sqlite3_opens_and_a_restore_takes()
    {
        await using var monitor = await StartAsync();

        await monitor.JsonAsync(0, "backup", "--db-only", "--output", monitor["db.bak"]);
        await ChangeAsync(monitor);
        await monitor.RunAsync(0, "restore", "--input", monitor["db.bak"], "--yes");

        Assert.Equal("ok", await ExampleApplication.AskAsync(monitor["db.bak"], "pragma integrity_check"));
        Assert.Equal("3", await ExampleApplication.AskAsync(monitor["db.bak"], "select count(*) from devices"));
        Assert.Equal("0", await monitor.AskAsync("select count(*) from alerts"));
        Assert.Equal("changed\n", await monitor.ReadAsync("config.yaml"));
    }

    [Fact]
    public async Task On_another_host_that_has_nothing_a_folder_is_enough()
    {
        await using var monitor = await StartAsync();
        await monitor.JsonAsync(0, "backup", "--output", monitor["x.tar.gz"]);
        using var other = new HoldfastProgram(repository: null, passphrase: null);
        var (root, elsewhere) = (monitor["opt", "netvantage"], Directory.CreateDirectory(monitor["home"]).FullName);
        Directory.CreateDirectory(root);

        (await other.TryRunInAsync(elsewhere, "restore", "--input", monitor["x.tar.gz"], "--root", root, "--yes")).Expect(0);

        Assert.Equal(await monitor.ReadAsync("config.yaml"), await File.ReadAllTextAsync(Path.Combine(root, "config.yaml"), TestContext.Current.CancellationToken));
        var key = Path.Combine(root, "data", "certs", "ca.key.pem");
        Assert.Equal("sample of ca.key\n", await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.Equal("3", await ExampleApplication.AskAsync(Path.Combine(root, "data", "netvantage.db"), "select count(*) from devices"));
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
    }

    [Fact]
    public async Task On_another_host_with_the_application_installed_it_is_started_with_the_restored_state()
    {
        await using var monitor = await StartAsync();
        await monitor.JsonAsync(0, "backup", "--output", monitor["x.tar.gz"]);
        await using var other = await ExampleApplication.InstallAsync("netvantage", "netvantage.db");

        var tooEarly = await other.JsonAsync(10, "restore", "--input", monitor["x.tar.gz"], "--yes");
        await other.JsonAsync(0, "init", "--no-backup");
        await other.RunAsync(0, "restore", "--input", monitor["x.tar.gz"], "--start", "--yes");

        Assert.Contains("holdfast init --no-backup", tooEarly.Text("hint"), StringComparison.Ordinal);
        Assert.True(await other.IsHealthyAsync());
        await other.WaitForWritesAsync("device_metrics");
        Assert.Equal("sample of server\n", await other.ReadAsync("data/certs/server.pem"));
        Assert.Equal("3", await other.AskAsync("select count(*) from devices"));
    }

    /// <summary>What happens after the backup.</summary>
    internal static async Task ChangeAsync(ExampleApplication monitor)
    {
        monitor.Write("config.yaml", "changed\n");
        monitor.Write("data/certs/ca.pem", "changed\n");
        await monitor.AskAsync("insert into alerts(message, at) values ('later', 'now')");
    }

    internal static async Task AssertSavedStateAsync(ExampleApplication monitor)
    {
        Assert.Contains("listen: 127.0.0.1:8443", await monitor.ReadAsync("config.yaml"), StringComparison.Ordinal);
        Assert.Equal("sample of ca\n", await monitor.ReadAsync("data/certs/ca.pem"));
        Assert.Equal("0", await monitor.AskAsync("select count(*) from alerts"));
        Assert.Equal("ok", await monitor.AskAsync("pragma integrity_check"));
    }
}
