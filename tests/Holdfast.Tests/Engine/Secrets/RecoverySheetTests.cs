using System.Diagnostics;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Secrets;
using Xunit;

namespace Holdfast.Tests.Engine.Secrets;

public sealed class RecoverySheetTests
{
    [Fact]
    public void Holds_everything_a_person_needs()
    {
        using var passphrase = new Passphrase("k7wqp-aaaaa"u8);

        var sheet = RecoverySheet.Write(Options("/var/backups/it's here"), passphrase);

        Assert.Contains("Passphrase   k7wqp-aaaaa\n", sheet, StringComparison.Ordinal);
        Assert.Contains("Repository   /var/backups/it's here\n", sheet, StringComparison.Ordinal);
        Assert.Contains("    export RESTIC_REPOSITORY='/var/backups/it'\\''s here'\n", sheet, StringComparison.Ordinal);
        Assert.Contains("2026-11-20", sheet, StringComparison.Ordinal);
        Assert.Equal(1, sheet.Split("k7wqp-aaaaa").Length - 1);
        Assert.All([SafetyTag.Value, IncompleteTag.Value, ImportedTag.Value, SuspiciousTag.Value], tag => Assert.Contains(tag, sheet, StringComparison.Ordinal));
        Assert.All(
            RecoverySheet.Commands(Options("/var/backups/it's here")),
            command => Assert.Contains($"    {command}\n", sheet, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_the_folder_and_the_databases_but_stays_a_page()
    {
        using var passphrase = new Passphrase("k7wqp-aaaaa"u8);
        var options = Options("/b") with { Folder = "/srv/orchard", Databases = [.. Enumerable.Range(1, 22).Select(i => $"/srv/orchard/{i}.db")] };

        var sheet = RecoverySheet.Write(options, passphrase);

        Assert.Contains("Application  orchard, in /srv/orchard\n", sheet, StringComparison.Ordinal);
        Assert.Contains("\n    /srv/orchard/1.db\n", sheet, StringComparison.Ordinal);
        Assert.Contains("\n    /srv/orchard/20.db\n    and 2 more\n", sheet, StringComparison.Ordinal);
        Assert.DoesNotContain("21.db", sheet, StringComparison.Ordinal);
        Assert.Contains("-journal.\n", RecoverySheet.Write(Options("/b"), passphrase), StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_how_a_new_machine_gets_its_key_and_warns_of_init()
    {
        using var passphrase = new Passphrase("k7wqp-aaaaa"u8);

        var options = Options("/var/backups/it's here");
        var sheet = RecoverySheet.Write(options, passphrase);

        Assert.Contains("    export HOLDFAST_REPOSITORY='/var/backups/it'\\''s here'\n", sheet, StringComparison.Ordinal);
        Assert.Contains("    holdfast restore latest --passphrase-file holdfast.key\n", sheet, StringComparison.Ordinal);
        Assert.Contains("Never run 'holdfast init'", sheet, StringComparison.Ordinal);
        Assert.All(RecoverySheet.HoldfastCommands(options), command => Assert.Contains($"    {command}\n", sheet, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_commands_work_with_stock_restic()
    {
        var restic = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Select(folder =>
            Path.Combine(folder, "restic")).FirstOrDefault(File.Exists);
        if (restic is null)
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") is null, "restic is not installed");
            Assert.Fail("restic is not installed");
        }

        var folder = Directory.CreateTempSubdirectory("holdfast it's ").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "a.txt"), "precious");
            var commands = RecoverySheet.Commands(Options(Path.Combine(folder, "repository")));
            var target = Path.Combine(folder, "recovered");
            string[] script = ["set -e", commands[0], "restic init", "cd \"$1\"", "restic backup a.txt",
                "id=$(restic snapshots --json | sed 's/.*\"short_id\":\"\\([^\"]*\\).*/\\1/')",
                .. commands.Skip(1).Select(command => command.Replace("/tmp/recovered", "recovered", StringComparison.Ordinal).Replace(" ID ", " \"$id\" ", StringComparison.Ordinal))];

            var start = new ProcessStartInfo("sh", ["-c", string.Join('\n', script), "sh", folder])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false
            };
            start.Environment["RESTIC_PASSWORD"] = "secret";
            start.Environment["RESTIC_CACHE_DIR"] = Path.Combine(folder, "cache");
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.True(process.ExitCode == 0, await errors);
            Assert.Equal("precious", File.ReadAllText(Path.Combine(target, "a.txt")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static RecoverySheetOptions Options(string repository) =>
        new("orchard", repository, "host1", new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero));
}
