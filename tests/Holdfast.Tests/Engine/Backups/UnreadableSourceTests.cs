using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>What cannot be read, or changes under the reader, is named; everything else is saved.</summary>
public sealed class UnreadableSourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_the_disk_cannot_read_is_named()
    {
        using var scene = await BackupScene.CreateAsync();
        var good = scene.Write("good", "x");
        // The first page of a process is never mapped: reading gives EIO to everyone.
        var bad = FilePath.From($"/proc/{Environment.ProcessId}/mem");
        var result = await scene.BackupAsync(good, bad);
        Assert.Contains(bad.Display, Assert.Single(result.Problems), StringComparison.Ordinal);
        var saved = await scene.OpenAsync(result);
        Assert.Equal("x", await saved.TextAsync(good));
        Assert.False(saved.Has(bad));
        Assert.Equal(result.Problems, (await saved.RecordAsync()).Problems);
    }

    [Fact]
    public async Task A_file_that_says_it_is_empty_and_is_not_is_saved_whole()
    {
        using var scene = await BackupScene.CreateAsync();
        var version = FilePath.From("/proc/version");
        var result = await scene.BackupAsync(version);
        Assert.Empty(result.Problems);
        Assert.Equal(await File.ReadAllTextAsync("/proc/version", Token), await (await scene.OpenAsync(result)).TextAsync(version));
    }

    [Fact]
    public async Task What_lies_deeper_than_paths_reach_is_named_and_the_folders_above_are_saved()
    {
        using var scene = await BackupScene.CreateAsync();
        // A path ends at 4096 bytes; a folder moved below another one makes longer ones.
        var name = new string('n', 200);
        var half = string.Concat(Enumerable.Repeat("/" + name, 15));
        Directory.CreateDirectory(scene.Temp["one"] + half);
        Directory.CreateDirectory(scene.Temp["two"] + half);
        await File.WriteAllTextAsync(scene.Temp["two"] + half + "/end", "x", Token);
        Directory.Move(scene.Temp["two"], scene.Temp["one"] + half + "/two");
        scene.Write("one/file", "x");
        var result = await scene.BackupAsync(scene.At("one"));
        Assert.Contains("was not saved", Assert.Single(result.Problems), StringComparison.Ordinal);
        var saved = await scene.OpenAsync(result);
        Assert.Equal("x", await saved.TextAsync(scene.At("one/file")));
        Assert.True(saved.Has(FilePath.From(scene.Temp["one"] + half + "/two/" + name)));
    }

    [Fact]
    public async Task A_file_that_changes_each_time_it_is_read_is_saved_and_named()
    {
        using var scene = await BackupScene.CreateAsync();
        // So large that the writer has its turn during each reading, however busy the machine is.
        new SyntheticTree(scene.Temp.CreateDirectory("app")).Sparse("file", 300_000_000);
        var file = scene.At("app/file");
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var writer = Task.Factory.StartNew(
            () =>
            {
                using var stream = File.OpenWrite(file.ToString());
                for (byte i = 0; !stop.IsCancellationRequested; i++)
                {
                    RandomAccess.Write(stream.SafeFileHandle, [i], 6_000_000);
                    started.TrySetResult();
                }
            },
            Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await started.Task;
        var result = await scene.BackupAsync(file);
        await stop.CancelAsync();
        await writer;
        Assert.Contains("changed each time it was read", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal(300_000_000UL, (await scene.OpenAsync(result)).Node(file).Size);
        // It is read again next time, because it is not what was saved.
        Assert.Equal(0, (await scene.BackupAsync(file)).FilesUnchanged);
    }

    [Fact]
    public async Task A_file_that_grew_or_shrank_since_it_was_looked_at_is_saved_as_it_is()
    {
        using var scene = await BackupScene.CreateAsync();
        var grown = scene.Write("grown", new byte[10]);
        var shrunk = scene.Write("shrunk", new byte[RabinChunker.MinimumSize * 3]);
        var index = await scene.Repository.LoadIndexAsync(Token);
        await using var writer = new BlobWriter(scene.Repository, index, TimeProvider.System, Task.CompletedTask);
        using var files = new FileArchiver(new RabinTables(scene.Repository.Config.ChunkerPolynomial), writer, new BackupLog(), new(), workers: 2);
        await File.WriteAllBytesAsync(grown.ToString(), new byte[RabinChunker.MinimumSize * 3], Token);
        await File.WriteAllBytesAsync(shrunk.ToString(), new byte[10], Token);
        foreach (var (file, size) in ((FilePath, long)[])[(grown, RabinChunker.MinimumSize * 3), (shrunk, 10)])
        {
            var saved = await files.SaveAsync(file, Token);
            Assert.Equal((size, false, (ulong)size), (saved.Size, saved.IsTorn, saved.Status.Size));
        }
    }

    [Fact]
    public async Task A_file_that_vanishes_before_it_is_read_is_a_notice_and_nothing_else()
    {
        using var scene = await BackupScene.CreateAsync();
        for (var i = 0; i < 40; i++) scene.Write($"app/{i:000}", SyntheticTree.RandomBytes(i, 2_000_000));
        var vanishing = scene.Write("app/999", "x");
        scene.Backend.Before = (act, file) =>
        {
            // By then the folder has been listed. The backup goes no further than two packs beyond this one, and there are more.
            if (act == BackendAct.Write && file.Type == FileType.Pack) FileSystem.Remove(vanishing);
        };
        var result = await scene.BackupAsync(scene.At("app"));
        Assert.Empty(result.Problems);
        Assert.Contains("999 vanished", Assert.Single(result.Notices), StringComparison.Ordinal);
        Assert.Equal(40, result.Files);
        Assert.False((await scene.OpenAsync(result)).Has(vanishing));
    }

    [Fact]
    public async Task A_user_without_the_right_to_read_gets_what_there_is_and_exit_code_3()
    {
        var asNobody = await RealComponent.RequireOtherUserAsync(HoldfastProgram.Library);
        using var temp = new TempDirectory();
        File.SetUnixFileMode(temp.Path, (UnixFileMode)0x1FF);
        temp.WriteFile("app/open", "x");
        temp.WriteFile("app/secret", "x");
        temp.WriteFile("app/closed/inside", "x");
        temp.WriteFile("app/listed/inside", "x");
        File.SetUnixFileMode(temp["app", "secret"], UnixFileMode.None);
        File.SetUnixFileMode(temp["app", "closed"], UnixFileMode.None);
        // It can be listed, and nothing in it can be looked at.
        File.SetUnixFileMode(temp["app", "listed"], UnixFileMode.OtherRead);
        using var program = new HoldfastProgram(temp["repository"]).With("HOLDFAST_STATE", temp["state"]).With("HOME", temp.Path);
        string[] command = [.. asNobody.Skip(1), .. HoldfastProgram.Command];
        var started = await RunningProcess.RunAsync(asNobody[0], [.. command, "init"], program.Variables, temp.Path);
        if (started.ExitCode == 127) Assert.Skip("other users cannot run .NET here");
        started.Expect(0);
        var result = await RunningProcess.RunAsync(asNobody[0], [.. command, "backup", temp["app"]], program.Variables, temp.Path);
        Assert.Equal(3, result.ExitCode);
        foreach (var name in (string[])["app/secret", "app/closed", "app/listed/inside"]) Assert.Contains($"{name} was not saved", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("app/open", result.Error, StringComparison.Ordinal);
    }
}
