using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>examples/server-monitor: dated, encrypted files; restored by name or by hand, and back by itself when it does not work.</summary>
public sealed class ServerMonitorTests
{
    private const string Secret = "YourSecurePassphrase";

    private static Task<ExampleApplication> StartAsync()
    {
        RealComponent.Require("gpg");
        return ExampleApplication.ReadyAsync("server-monitor", "servers.db", ("DB_BACKUP_PASSPHRASE", Secret));
    }

    [Fact]
    public async Task A_backup_becomes_an_encrypted_file_with_a_date_that_is_listed_and_verified()
    {
        await using var monitor = await StartAsync();

        await monitor.RunAsync(0, "backup");
        var archive = Assert.Single((await monitor.JsonAsync(0, "archives")).EnumerateArray().ToList());
        var verified = await monitor.JsonAsync(0, "verify", archive.Text("name"));

        Assert.Matches("^servers_db_[0-9]{8}_[0-9]{6}\\.db\\.gpg$", archive.Text("name"));
        Assert.Equal(["servers", "users", "checks"], verified.GetProperty("databases")[0].GetProperty("tables").EnumerateObject().Select(table => table.Name), Unordered);
        Assert.Equal(5, verified.GetProperty("databases")[0].GetProperty("tables").GetProperty("servers").GetInt64());
        using var meta = JsonDocument.Parse(await monitor.ReadAsync($"data/backups/{Path.GetFileNameWithoutExtension(archive.Text("name"))}.meta"));
        Assert.True(meta.RootElement.GetProperty("encrypted").GetBoolean());
        Assert.Equal(monitor.Database, meta.RootElement.Text("database_path"));
        Assert.True(Assert.Single((await monitor.JsonAsync(0, "list")).EnumerateArray().ToList()).GetProperty("proven").GetBoolean());
        Assert.True((await monitor.JsonAsync(0, "verify", "latest")).GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A_script_restores_a_file_by_its_name_and_learns_where_the_state_before_is()
    {
        await using var monitor = await StartAsync();
        var name = await BackUpAsync(monitor);
        await monitor.AskAsync("update servers set address = 'lost'");
        var process = monitor.ProcessId();

        var restored = await monitor.JsonAsync(0, "restore", name, "--yes");

        Assert.Equal("0", await monitor.AskAsync("select count(*) from servers where address = 'lost'"));
        Assert.NotEqual(process, monitor.ProcessId());
        Assert.True(await monitor.IsHealthyAsync());
        var before = restored.Text("safety_snapshot_id");
        Assert.True((await monitor.JsonAsync(0, "list")).EnumerateArray().Single(item => item.Text("id") == before).GetProperty("safety").GetBoolean());
        await monitor.RunAsync(0, "rollback", "--yes");
        Assert.Equal("5", await monitor.AskAsync("select count(*) from servers where address = 'lost'"));
    }

    [Fact]
    public async Task A_person_chooses_from_a_list_sees_the_plan_and_is_asked()
    {
        await using var monitor = await StartAsync();
        await BackUpAsync(monitor);
        await monitor.AskAsync("update servers set address = 'lost'");
        var process = monitor.ProcessId();

        await monitor.AnsweringAsync(2, "1\nn\n", "restore", "--interactive");
        await monitor.AnsweringAsync(2, "\n", "restore", "--interactive");
        Assert.Equal((process, "5"), (monitor.ProcessId(), await monitor.AskAsync("select count(*) from servers where address = 'lost'")));
        var done = await monitor.AnsweringAsync(0, "7\n1\ny\n", "restore", "--interactive");

        Assert.Contains("proven: yes", done.Output, StringComparison.Ordinal);
        Assert.Contains($"replace  {monitor.Database}", done.Output, StringComparison.Ordinal);
        Assert.Contains("holdfast rollback", done.Output, StringComparison.Ordinal);
        Assert.Equal("0", await monitor.AskAsync("select count(*) from servers where address = 'lost'"));
    }

    [Fact]
    public async Task When_the_restored_monitor_does_not_become_healthy_the_state_before_comes_back_and_runs()
    {
        await using var monitor = await StartAsync();
        await monitor.AskAsync("update users set role = 'viewer'");
        var name = await BackUpAsync(monitor);
        await monitor.AskAsync("update users set role = 'admin' where name = 'grace'");

        var failed = await monitor.RunAsync(1, "restore", name, "--yes");

        Assert.Contains("the old state is back", failed.Error, StringComparison.Ordinal);
        Assert.True(await monitor.IsHealthyAsync());
        Assert.Equal("grace", await monitor.AskAsync("select name from users where role = 'admin'"));
        await monitor.WaitForWritesAsync("checks");
    }

    [Fact]
    public async Task A_file_whose_integrity_check_fails_changes_nothing()
    {
        await using var monitor = await StartAsync();
        await monitor.RunAsync(0, "backup", "--db-only", "--output", monitor["whole.db"]);
        var encrypted = await BackUpAsync(monitor);
        // The last page belongs to a table.
        var bytes = await File.ReadAllBytesAsync(monitor["whole.db"], TestContext.Current.CancellationToken);
        RandomNumberGenerator.Fill(bytes.AsSpan(bytes.Length - 4096));
        await File.WriteAllBytesAsync(monitor["broken.db"], bytes, TestContext.Current.CancellationToken);
        await TamperAsync(Path.Combine(monitor.Root, "data", "backups", encrypted));
        var before = await StateAsync(monitor);

        var broken = await monitor.JsonAsync(1, "restore", "--input", monitor["broken.db"], "--yes");
        var tampered = await monitor.JsonAsync(1, "restore", encrypted, "--yes");

        Assert.Equal(("Damaged", "Damaged"), (broken.Text("error"), tampered.Text("error")));
        Assert.NotEmpty(broken.Text("hint"));
        Assert.Equal(before, await StateAsync(monitor));
    }

    [Fact]
    public async Task A_wrong_passphrase_no_passphrase_and_no_gpg_are_told_and_change_nothing()
    {
        await using var monitor = await StartAsync();
        var name = await BackUpAsync(monitor);
        await monitor.AskAsync("update servers set address = 'present'");
        var before = await StateAsync(monitor);

        monitor.Holdfast.With("DB_BACKUP_PASSPHRASE", "wrong");
        (await monitor.JsonAsync(12, "restore", name, "--yes")).ExpectFailure(12, "does not open");
        monitor.Holdfast.With("DB_BACKUP_PASSPHRASE", null);
        Assert.Contains("DB_BACKUP_PASSPHRASE", (await monitor.JsonAsync(2, "restore", name, "--yes")).Text("message"), StringComparison.Ordinal);
        monitor.Holdfast.With("DB_BACKUP_PASSPHRASE", Secret).With("PATH", monitor["nowhere"]);
        var noGpg = await monitor.JsonAsync(1, "restore", name, "--yes");

        noGpg.ExpectFailure(1, "gpg is not installed");
        Assert.Contains("apt install gnupg", noGpg.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync(monitor));
        Assert.Single((await monitor.JsonAsync(0, "list")).EnumerateArray().ToList());
    }

    [Fact]
    public async Task Old_files_leave_the_folder_and_nobody_elses_do()
    {
        await using var monitor = await StartAsync();
        monitor.Edit("    keep_days: 7\n    keep_last: 7\n", "    keep_last: 2\n");
        monitor.Edit("after_backup: true", "after_backup: false");
        Directory.CreateDirectory(Path.Combine(monitor.Root, "data", "backups"));
        monitor.Write("data/backups/servers_db_20200101_000000.db.gpg", "somebody else's");

        var names = new List<string>();
        for (var i = 0; i < 3; i++) names.Add(await BackUpAsync(monitor));

        Assert.Equal(
            ["servers_db_20200101_000000.db.gpg", names[1], names[2]],
            Directory.GetFiles(Path.Combine(monitor.Root, "data", "backups"), "*.gpg").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(monitor.Root, "data", "backups"), "*.meta").Length);
    }

    private static IEqualityComparer<IEnumerable<string>> Unordered { get; } = EqualityComparer<IEnumerable<string>>.Create(
        (left, right) => left!.Order(StringComparer.Ordinal).SequenceEqual(right!.Order(StringComparer.Ordinal), StringComparer.Ordinal), _ => 0);

    /// <summary>Backs up and returns the name of the new file.</summary>
    private static async Task<string> BackUpAsync(ExampleApplication monitor)
    {
        await monitor.RunAsync(0, "backup");
        return (await monitor.JsonAsync(0, "archives"))[0].Text("name");
    }

    /// <summary>What must stay as it is: the process that runs, and what a restore would have changed.</summary>
    private static async Task<string> StateAsync(ExampleApplication monitor)
    {
        Assert.True(await monitor.IsHealthyAsync());
        return $"{monitor.ProcessId()} {await monitor.AskAsync("select count(*) || max(address) from servers")} {string.Join(' ', Directory.GetFiles(Path.GetDirectoryName(monitor.Database)!).Order(StringComparer.Ordinal))}";
    }

    private static async Task TamperAsync(string file)
    {
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^40] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
    }
}
