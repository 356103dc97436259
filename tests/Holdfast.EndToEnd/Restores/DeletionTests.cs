using Holdfast.EndToEnd.Cli;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>What a restore with --delete leaves alone.</summary>
public sealed class DeletionTests : WorkplaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Manifest => Path.Combine(Place.Application, "holdfast.yaml");

    [Fact]
    public async Task What_the_backup_left_out_by_an_option_or_by_the_manifest_of_then_stays()
    {
        Place.Database("main.db");
        foreach (var name in new[] { "certs/key.pem", "certs/cache/big", "certs/session.tmp", "certs/keep/local.conf" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Place.Application, name))!);
            Place.Write(name, name);
        }

        Write("exclude: [\"*.tmp\", certs/cache]\n");
        await Place.Holdfast.RunAsync("--config", Manifest, "backup", "--exclude", "certs/keep");
        // The manifest of today leaves nothing out any more.
        Write(string.Empty);
        Place.Write("certs/new.pem", "made after the backup");

        await Place.Holdfast.RunAsync("--config", Manifest, "restore", "--delete", "--yes");

        Assert.False(File.Exists(Path.Combine(Place.Application, "certs", "new.pem")));
        foreach (var name in new[] { "certs/key.pem", "certs/cache/big", "certs/session.tmp", "certs/keep/local.conf" })
            Assert.Equal(name, await File.ReadAllTextAsync(Path.Combine(Place.Application, name), Token));
    }

    [Fact]
    public async Task A_backup_of_plain_paths_spares_as_well()
    {
        Directory.CreateDirectory(Path.Combine(Place.Application, "a", "cache"));
        Place.Write("a/cache/big", "big");
        Place.Write("a/one", "one");
        (await Place.Holdfast.TryRunInAsync(Place.Application, "backup", "a", "--exclude", "a/cache")).Expect(0);
        Place.Write("a/new", "new");

        await Place.Holdfast.RunAsync("restore", "latest", "--delete", "--yes");

        Assert.True(File.Exists(Path.Combine(Place.Application, "a", "cache", "big")));
        Assert.False(File.Exists(Path.Combine(Place.Application, "a", "new")));
    }

    [Fact]
    public async Task Folders_that_came_after_the_snapshot_go_but_for_what_is_spared_and_a_rollback_brings_them_back()
    {
        Place.Database("main.db");
        Place.Write("certs/key.pem", "key");
        Write("exclude: [\"*.tmp\"]\n");
        await Place.Holdfast.RunAsync("--config", Manifest, "backup");
        foreach (var name in new[] { "certs/new/deep/file", "certs/mixed/file", "certs/mixed/session.tmp", "certs/old/file.before-restore-20260101-000000" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Place.Application, name))!);
            Place.Write(name, name);
        }

        Directory.CreateDirectory(Path.Combine(Place.Application, "certs", "empty", "below"));
        File.SetUnixFileMode(Path.Combine(Place.Application, "certs", "empty", "below"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var before = Everything();

        var plan = (await Place.Holdfast.RunAsync("--config", Manifest, "restore", "--delete", "--dry-run")).Output;
        Assert.Contains(Path.Combine("certs", "empty", "below"), plan, StringComparison.Ordinal);
        await Place.Holdfast.RunAsync("--config", Manifest, "restore", "--delete", "--yes");

        Assert.Equal(
            ["key.pem", "mixed", "mixed/session.tmp", "old", "old/file.before-restore-20260101-000000"],
            Everything());
        await Place.Holdfast.RunAsync("--config", Manifest, "rollback", "--yes");
        Assert.Equal(before, Everything());
        Assert.Equal("certs/new/deep/file", await File.ReadAllTextAsync(Path.Combine(Place.Application, "certs", "new", "deep", "file"), Token));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(Place.Application, "certs", "empty", "below")));
    }

    private IEnumerable<string> Everything()
    {
        var folder = Path.Combine(Place.Application, "certs");
        return [.. Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];
    }

    private void Write(string more) => File.WriteAllText(
        Manifest, $"application: shop\ndatabases: {{ main: {{ sqlite: main.db }} }}\nfiles: {{ certs: [certs] }}\n{more}repositories: {{ local: {{ path: \"{Place.Repository}\" }} }}\n");
}
