using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores;

public sealed class TargetRestoreTests : IAsyncLifetime
{
    private Scene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await Scene.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Restores_files_databases_links_times_and_modes_below_the_target()
    {
        _scene.Execute("create table t(x); insert into t values(42)");
        var tree = new SyntheticTree(_scene.App);
        tree.File("config", "hello"u8).Directory("empty").SymbolicLink("link", "config").Fifo("fifo").File("zero", default);
        File.CreateSymbolicLink(_scene.At("dangling"), "/nowhere");
        NodeWriter.Link(FilePath.From(_scene.At("config")), FilePath.From(_scene.At("second")));
        tree.ModifiedAt("config", 1_600_000_000, 123_456_789);
        File.SetUnixFileMode(_scene.At("config"), (UnixFileMode)0x1A0);
        await _scene.BackupAsync();

        var result = await _scene.RestoreAsync();

        Assert.Empty(result.Problems);
        Assert.Equal((1, 4), (result.Databases, result.Files)); // config, second, zero and the record
        Assert.Equal("hello", await File.ReadAllTextAsync(_scene.Restored("config")));
        Assert.Equal("42", Ask("select x from t", _scene.Restored("main.db")));
        var (config, second) = (Status("config"), Status("second"));
        Assert.Equal(config.Identity, second.Identity);
        Assert.Equal(new FileTime(1_600_000_000, 123_456_789), config.ModifiedAt);
        Assert.Equal(0x1A0u, config.Mode & 0xFFF);
        Assert.Equal((NodeType.Symlink, NodeType.Fifo, NodeType.Directory), (Status("link").Type, Status("fifo").Type, Status("empty").Type));
        Assert.Equal("config"u8, FileSystem.ReadLink(FilePath.From(_scene.Restored("link"))));
        Assert.Equal(FileSystem.Status(FilePath.From(_scene.At("empty")), false).ModifiedAt, Status("empty").ModifiedAt);
        Assert.True(File.Exists(_scene.Target + _scene.Temp[".holdfast", "snapshot.json"]));
        Assert.Empty(Directory.GetFiles(_scene.Target.ToString(), "*.holdfast-new-*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }));

        FileStatus Status(string name) => FileSystem.Status(FilePath.From(_scene.Restored(name)), followLinks: false);
    }

    [Fact]
    public async Task Restores_only_what_was_asked_for()
    {
        _scene.Temp.WriteFile("app/a/one", "1");
        _scene.Temp.WriteFile("app/b/two", "2");
        await _scene.BackupAsync();

        await _scene.RestoreAsync(_scene.At("a"));

        Assert.Equal("1", await File.ReadAllTextAsync(_scene.Restored("a/one")));
        Assert.False(Path.Exists(_scene.Restored("b")));
        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync(_scene.At("c")));
        Assert.Equal(FailureKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task The_plan_tells_what_will_happen_and_writes_nothing()
    {
        _scene.Execute("create table t(x)");
        _scene.Temp.WriteFile("app/file", "12345");
        await _scene.BackupAsync();

        var options = await _scene.OptionsAsync();
        var plan = await _scene.Run(options).PlanAsync(TestContext.Current.CancellationToken);

        Assert.Equal(_scene.Database, Assert.Single(plan.Databases).Source.ToString());
        Assert.Contains(plan.Items, item => item.Source.ToString() == _scene.At("file") && item.Bytes == 5 && item.Destination.ToString() == _scene.Restored("file"));
        Assert.Empty(plan.Obstacles);
        Assert.Empty(plan.Replaced);
        Assert.Contains(_scene.Restored("file"), plan.Created.Select(item => item.Destination.ToString()));
        var space = Assert.Single(plan.Space);
        Assert.InRange(space.Needed, plan.Bytes, space.Free);
        Assert.False(Path.Exists(_scene.Target.ToString()));
    }

    [Fact]
    public async Task Executes_the_plan_without_reading_the_snapshot_again_but_looks_for_conflicts_again()
    {
        _scene.Temp.WriteFile("app/file", "12345");
        await _scene.BackupAsync();
        var run = _scene.Run(await _scene.OptionsAsync());
        var plan = await run.PlanAsync(TestContext.Current.CancellationToken);
        // A tree that cannot be read any more does not matter to the plan.
        await _scene.DamageAsync(new BlobHandle(BlobType.Tree, (await _scene.LatestAsync()).Snapshot.Tree));

        var restored = await run.ExecuteAsync(plan, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<HoldfastException>(() => run.ExecuteAsync(plan, TestContext.Current.CancellationToken));

        Assert.Equal(plan.Bytes, restored.Bytes);
        Assert.Contains(_scene.Restored("file"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_overwrites_and_writes_nothing_when_something_is_in_the_way()
    {
        _scene.Temp.WriteFile("app/a", "new");
        _scene.Temp.WriteFile("app/b", "new");
        await _scene.BackupAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(_scene.Restored("b"))!);
        await File.WriteAllTextAsync(_scene.Restored("b"), "mine");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync());

        Assert.Equal(FailureKind.Failed, error.Kind);
        Assert.Contains("app/b", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_scene.Restored("b")));
        Assert.False(Path.Exists(_scene.Restored("a")));
    }

    [Fact]
    public async Task Does_not_write_through_a_symbolic_link_that_is_in_the_target()
    {
        _scene.Temp.WriteFile("app/a", "new");
        await _scene.BackupAsync();
        var outside = _scene.Temp.CreateDirectory("outside");
        Directory.CreateDirectory(Path.GetDirectoryName(_scene.Target + _scene.App)!);
        File.CreateSymbolicLink(_scene.Target + _scene.App, outside);

        await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync());

        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public async Task Refuses_a_target_inside_the_repository_also_through_a_link()
    {
        _scene.Temp.WriteFile("app/a", "new");
        await _scene.BackupAsync();
        var repository = _scene.Temp.CreateDirectory("repository");
        File.CreateSymbolicLink(_scene.Temp["link"], repository);

        foreach (var target in (string[])[_scene.Temp["repository", "data", "x"], _scene.Temp["link", "x"], repository])
        {
            var options = await _scene.OptionsAsync() with { Target = FilePath.From(target), Forbidden = [FilePath.From(repository)] };
            Assert.Equal(FailureKind.Usage, (await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync(options))).Kind);
        }

        Assert.Empty(Directory.GetFileSystemEntries(repository));
    }

    [Fact]
    public async Task One_damaged_blob_costs_only_the_files_that_hold_it()
    {
        _scene.Temp.WriteFile("app/bad", "this one is hurt");
        _scene.Temp.WriteFile("app/copy", "this one is hurt");
        _scene.Temp.WriteFile("app/good", "this one is well");
        await _scene.BackupAsync();
        await _scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("this one is hurt"u8)));

        var result = await _scene.RestoreAsync();

        Assert.Equal("this one is well", await File.ReadAllTextAsync(_scene.Restored("good")));
        Assert.False(Path.Exists(_scene.Restored("bad")) || Path.Exists(_scene.Restored("copy")));
        Assert.Equal(2, result.Problems.Count);
        Assert.All(result.Problems, problem => Assert.Contains(Id.Of("this one is hurt"u8).ToString(), problem, StringComparison.Ordinal));
        Assert.True(result.IsPartial);
        Assert.Equal(3, Directory.GetFileSystemEntries(_scene.Target + _scene.Temp.Path, "*", SearchOption.AllDirectories).Count(File.Exists) + 1);
    }

    [Fact]
    public async Task A_damaged_folder_costs_only_what_is_in_it()
    {
        await _scene.SaveSnapshotAsync(
            async writer =>
            {
                var text = await SaveTextAsync(writer, "x");
                var lost = await SaveTreeAsync(writer, FileNode("inside", 1, text));
                return await SaveTreeAsync(writer, FolderNode("bad", lost), FileNode("good", 1, text));
            },
            "/");
        await _scene.DamageAsync(new BlobHandle(BlobType.Tree, Id.Of(TreeSerializer.Serialize([FileNode("inside", 1, Id.Of("x"u8))]))));

        var result = await _scene.RestoreAsync();

        Assert.True(File.Exists(_scene.Target + "/good"));
        Assert.Contains("\"/bad\"", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_that_does_not_fit_the_content_is_told_and_the_content_counts()
    {
        await _scene.SaveSnapshotAsync(async writer => await SaveTreeAsync(writer, FileNode("file", 99, await SaveTextAsync(writer, "four"))), "/");

        var result = await _scene.RestoreAsync();

        Assert.Equal("four", await File.ReadAllTextAsync(_scene.Target + "/file"));
        Assert.Contains("99", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_that_is_in_no_index_is_named()
    {
        var absent = Id.Of("absent"u8);
        await _scene.SaveSnapshotAsync(
            async writer => await SaveTreeAsync(writer, FileNode("a", 8, await SaveTextAsync(writer, "here"), absent), FileNode("b", 4, await SaveTextAsync(writer, "here"))), "/");

        var result = await _scene.RestoreAsync();

        Assert.Contains(absent.ToString(), Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.False(Path.Exists(_scene.Target + "/a"));
        Assert.Equal("here", await File.ReadAllTextAsync(_scene.Target + "/b"));
    }

    [Fact]
    public async Task Says_how_much_room_is_missing_before_it_writes()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        await File.WriteAllBytesAsync(_scene.At("large"), SyntheticTree.RandomBytes(1, 3 << 20));
        await _scene.BackupAsync();

        var options = await _scene.OptionsAsync() with { Target = FilePath.From(Path.Combine(small.Path, "target")) };
        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreAsync(options));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Matches("not enough .*[0-9.]+ [KM]iB are needed, [0-9.]+ [KM]?i?B are free", error.Message);
        Assert.False(Path.Exists(Path.Combine(small.Path, "target")));
    }

    [Fact]
    public async Task A_sparse_file_fits_where_its_full_size_would_not()
    {
        using var small = await SmallFileSystem.MountAsync(4 << 20);
        await using (var file = File.Create(_scene.At("sparse"))) file.SetLength(64 << 20);
        await _scene.BackupAsync();

        var options = await _scene.OptionsAsync() with { Target = FilePath.From(Path.Combine(small.Path, "target")) };
        var result = await _scene.RestoreAsync(options);

        Assert.Empty(result.Problems);
        Assert.Equal(64 << 20, new FileInfo(options.Target + _scene.At("sparse")).Length);
    }

    [Fact]
    public async Task Restores_many_files_in_batches()
    {
        for (var i = 0; i < 600; i++) await File.WriteAllTextAsync(_scene.At($"f{i}"), $"content {i % 50}");
        await _scene.BackupAsync();

        var result = await _scene.RestoreAsync();

        Assert.Empty(result.Problems);
        for (var i = 0; i < 600; i++) Assert.Equal($"content {i % 50}", await File.ReadAllTextAsync(_scene.Restored($"f{i}")));
    }

    [Fact]
    public async Task Removes_what_a_killed_restore_left_and_keeps_what_a_living_one_writes()
    {
        _scene.Temp.WriteFile("app/a", "new");
        await _scene.BackupAsync();
        var folder = Directory.CreateDirectory(_scene.Target + _scene.App).FullName;
        var living = ProcessIdentity.Current();
        var (dead, alive) = (Path.Combine(folder, ".a.holdfast-new-99999999-1"), Path.Combine(folder, $".b.holdfast-new-{living.Id}-{living.StartTicks}"));
        foreach (var path in (string[])[dead, alive]) await File.WriteAllTextAsync(path, "half");

        var result = await _scene.RestoreAsync();

        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(alive));
        Assert.Contains(result.Notices, notice => notice.Contains("interrupted restore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_restore_leaves_no_half_file()
    {
        await File.WriteAllBytesAsync(_scene.At("large"), SyntheticTree.RandomBytes(1, 12 << 20));
        await _scene.BackupAsync();
        using var stop = new CancellationTokenSource();
        var progress = new OperationProgress();
        var options = await _scene.OptionsAsync() with { Workers = 1 };
        var run = new RestoreRun(_scene.Repository, options, TimeProvider.System, progress);

        // Cancelled when the first blob has been written.
        _scene.Backend.BeforeRead = handle =>
        {
            if (progress.Step == "restoring" && progress.Bytes > 0) stop.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.ExecuteAsync(stop.Token));

        Assert.InRange(progress.Bytes, 1, (12 << 20) - 1);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_scene.Target.ToString(), "*", SearchOption.AllDirectories), File.Exists);
    }

    [Fact]
    public async Task A_read_only_target_is_refused_with_its_reason()
    {
        var home = Files.OrdinaryUser.CreateHome(_scene.Temp);
        FileSystem.SetPermissions(home, 0x140);

        var error = Assert.Throws<HoldfastException>(() => Files.OrdinaryUser.Run(() => FolderProbe.RequireWritable(home)));

        Assert.True(FileFailure.IsRefused(error));
        Assert.NotNull(error.Hint);
    }
}
