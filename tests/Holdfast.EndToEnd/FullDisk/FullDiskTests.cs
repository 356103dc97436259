using Holdfast.EndToEnd.Killing;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.FullDisk;

/// <summary>The real program where the disk is full: it says so, nothing is lost, and with room again it works.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_backup_into_a_full_repository_fails_clearly_loses_nothing_and_works_again_with_room()
    {
        using var disk = await SmallFileSystem.MountAsync(24 * Megabyte);
        var repository = Path.Combine(disk.Path, "repository");
        using var own = await OwnRepository.CreateAsync(repository);
        using var program = new HoldfastProgram(repository, OwnRepository.Passphrase);
        var ballast = Ballast(disk.Path, 16);
        var tree = new SyntheticTree(_temp.CreateDirectory("app")).File("first", SyntheticTree.RandomBytes(1, 500_000));
        await program.RunAsync("backup", tree.Root);
        await KillStage.CopyAsync(tree.Root, _temp["as-it-was"]);
        // More than the disk and less than a pack, so that the first pack to be written fails in its middle; then several packs.
        foreach (var size in new[] { 9_000_000, 60_000_000 })
        {
            tree.File("second", SyntheticTree.RandomBytes(2, size));

            var full = await program.TryRunAsync("backup", tree.Root);

            Assert.Equal(1, full.ExitCode);
            Assert.Contains("no space left", full.Error, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("hint:", full.Error, StringComparison.Ordinal);
            Assert.Equal(["config", "data", "index", "keys", "locks", "snapshots"], Directory.GetFileSystemEntries(repository).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.DoesNotContain(Directory.EnumerateFiles(repository, "*", SearchOption.AllDirectories), path => path.Contains("-tmp-", StringComparison.Ordinal));
            Assert.Empty(Directory.GetFiles(Path.Combine(repository, "locks")));
            var first = Assert.Single(await own.SnapshotsAsync());
            await KillStage.RemoveAsync(_temp["restored"]);
            await own.RestoreAsync(first, _temp["restored"]);
            SameFiles.Expect(_temp["as-it-was"], _temp["restored"] + tree.Root);
        }

        File.Delete(ballast);
        tree.File("second", SyntheticTree.RandomBytes(2, 9_000_000));
        await own.ExpectSoundAsync(allowHints: true);
        await program.RunAsync("backup", tree.Root);
        await own.ExpectSoundAsync(allowHints: true);
        Assert.Equal(2, (await own.SnapshotsAsync()).Count);
    }

    [Fact]
    public async Task A_file_that_has_no_room_does_not_undo_the_backup_beside_it()
    {
        using var disk = await SmallFileSystem.MountAsync(4 * Megabyte);
        using var own = await OwnRepository.CreateAsync(_temp["repository"]);
        using var program = new HoldfastProgram(_temp["repository"], OwnRepository.Passphrase);
        var file = _temp.CreateDirectory("app");
        await File.WriteAllBytesAsync(Path.Combine(file, "large"), SyntheticTree.RandomBytes(3, 8_000_000), Token);

        var saved = (await program.TryRunAsync("backup", file, "--output", Path.Combine(disk.Path, "x.tar.gz"), "--json")).Expect(3);

        Assert.Contains("was not written", Assert.Single(saved.Json().GetProperty("problems").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Single(await own.SnapshotsAsync());
        Assert.Empty(Directory.GetFiles(disk.Path));
        var operation = (await program.RunAsync("operations", "list", "--json")).Json()[0];
        Assert.Equal("done in part", operation.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_disk_without_room_for_a_lock_stops_a_backup_before_it_begins()
    {
        using var disk = await SmallFileSystem.MountAsync(4 * Megabyte);
        var repository = Path.Combine(disk.Path, "repository");
        using var own = await OwnRepository.CreateAsync(repository);
        using var program = new HoldfastProgram(repository, OwnRepository.Passphrase);
        Fill(disk.Path);

        var full = await program.TryRunAsync("backup", _temp.WriteFile("file", "content"));

        Assert.Equal(1, full.ExitCode);
        Assert.Contains("no space left", full.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Directory.GetFiles(Path.Combine(repository, "locks")));
    }

    [Fact]
    public async Task A_restore_to_a_target_without_room_is_refused_before_anything_is_written()
    {
        using var disk = await SmallFileSystem.MountAsync(3 * Megabyte);
        using var stage = await StageAsync(_temp.CreateDirectory("app"));
        var target = Path.Combine(disk.Path, "target");

        var refused = await stage.TryRunAsync("restore", "latest", "--target", target);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("not enough free space", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Files(disk.Path));
    }

    [Fact]
    public async Task A_disk_that_fills_up_during_a_restore_to_a_target_leaves_only_whole_files()
    {
        using var disk = await SmallFileSystem.MountAsync(16 * Megabyte);
        using var stage = await StageAsync(_temp.CreateDirectory("app"));
        var target = Path.Combine(disk.Path, "target");
        // Another process takes the room once the restore has looked and begun.
        var traced = stage.Start("restore", "latest", "--target", target);
        await using (traced)
        {
            await Conditions.Eventually("the restore has begun or is over", () => Files(disk.Path).Count > 0 || traced.HasExited);
            Fill(disk.Path);
            var result = await traced.WaitForExitAsync();

            // Fast as it is, it may have been finished; then everything is there.
            if (result.ExitCode != 0) Assert.Contains("no space left", result.Error, StringComparison.OrdinalIgnoreCase);
            var names = Files(target + _temp["app"]);
            if (result.ExitCode == 0) Assert.Equal(3, names.Count);
            Assert.All(names, name => Assert.True(File.ReadAllBytes(name).AsSpan().SequenceEqual(File.ReadAllBytes(name[target.Length..])), $"{name} is not whole"));
        }
    }

    [Fact]
    public async Task A_restore_in_place_without_room_is_refused_before_anything_has_changed()
    {
        using var disk = await SmallFileSystem.MountAsync(16 * Megabyte);
        var application = Directory.CreateDirectory(Path.Combine(disk.Path, "app")).FullName;
        using var program = await StageAsync(application);
        VersionedDatabase.Write(Path.Combine(application, "app.db"), "wal", 2);
        Ballast(disk.Path, 6);
        await KillStage.CopyAsync(application, _temp["as-it-was"]);

        var refused = await program.TryRunAsync("restore", "latest", "--yes");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("not enough free space", refused.Error, StringComparison.Ordinal);
        SameFiles.Expect(_temp["as-it-was"], application);
        Assert.Equal(2, VersionedDatabase.Version(Path.Combine(application, "app.db")));
    }

    [Fact]
    public async Task A_disk_that_fills_up_during_a_restore_in_place_leaves_everything_as_it_was_or_all_new()
    {
        using var disk = await SmallFileSystem.MountAsync(24 * Megabyte);
        var application = Directory.CreateDirectory(Path.Combine(disk.Path, "app")).FullName;
        using var program = await StageAsync(application);
        VersionedDatabase.Write(Path.Combine(application, "app.db"), "wal", 2);
        await using var restore = program.Start("restore", "latest", "--yes");
        await Conditions.Eventually("the restore has begun or is over", () => Files(application).Any(name => name.Contains(".holdfast-new-", StringComparison.Ordinal)) || restore.HasExited);
        Fill(disk.Path);
        var result = await restore.WaitForExitAsync();

        if (result.ExitCode != 0) Assert.Contains("no space left", result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Files(application), name => name.Contains(".holdfast-", StringComparison.Ordinal));
        File.Delete(Path.Combine(disk.Path, "fill"));
        Assert.Equal(result.ExitCode == 0 ? 1 : 2, VersionedDatabase.Version(Path.Combine(application, "app.db")));
        await program.RunAsync("restore", "latest", "--yes");
        Assert.Equal(1, VersionedDatabase.Version(Path.Combine(application, "app.db")));
    }

    /// <summary>A repository with one backup of a folder: a database of version 1 and two files of 4 MB.</summary>
    private async Task<HoldfastProgram> StageAsync(string application)
    {
        using var own = await OwnRepository.CreateAsync(_temp["repository"]);
        var program = new HoldfastProgram(_temp["repository"], OwnRepository.Passphrase);
        VersionedDatabase.Write(Path.Combine(application, "app.db"), "wal", 1);
        foreach (var name in new[] { "one", "two" }) await File.WriteAllBytesAsync(Path.Combine(application, name), SyntheticTree.RandomBytes(name[0], 4_000_000), Token);
        await program.RunAsync("backup", application);
        return program;
    }

    private static string Ballast(string folder, int megabytes)
    {
        var path = Path.Combine(folder, "ballast");
        File.WriteAllBytes(path, new byte[megabytes * Megabyte]);
        return path;
    }

    /// <summary>Takes all room that is left.</summary>
    private static void Fill(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, "fill"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[4096];
        try
        {
            while (true) file.Write(piece);
        }
        catch (IOException full)
        {
            // ENOSPC is what it is for.
            Assert.Equal(28, full.HResult);
        }
    }

    private static List<string> Files(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default, IgnoreInaccessible = true })];
}
