using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Targets;

/// <summary>What a restore below a target brings back.</summary>
public sealed class TargetRestoreTests : SceneTests
{
    [Fact]
    public async Task Restores_files_databases_links_times_and_modes_below_the_target()
    {
        Scene.Execute("create table t(x); insert into t values(42)");
        var tree = new SyntheticTree(Scene.App);
        tree.File("config", "hello"u8).Directory("empty").SymbolicLink("link", "config").Fifo("fifo").File("zero", default);
        File.CreateSymbolicLink(Scene.At("dangling"), "/nowhere");
        NodeWriter.Link(FilePath.From(Scene.At("config")), FilePath.From(Scene.At("second")));
        tree.ModifiedAt("config", 1_600_000_000, 123_456_789);
        File.SetUnixFileMode(Scene.At("config"), (UnixFileMode)0x1A0);
        await Scene.BackupAsync();

        var result = await Scene.RestoreAsync();

        Assert.Empty(result.Problems);
        Assert.Equal((1, 4), (result.Databases, result.Files)); // config, second, zero and the record
        Assert.Equal("hello", await File.ReadAllTextAsync(Scene.Restored("config")));
        Assert.Equal("42", Ask("select x from t", Scene.Restored("main.db")));
        var (config, second) = (Status("config"), Status("second"));
        Assert.Equal(config.Identity, second.Identity);
        Assert.Equal(new FileTime(1_600_000_000, 123_456_789), config.ModifiedAt);
        Assert.Equal(0x1A0u, config.Mode & 0xFFF);
        Assert.Equal((NodeType.Symlink, NodeType.Fifo, NodeType.Directory), (Status("link").Type, Status("fifo").Type, Status("empty").Type));
        Assert.Equal("config"u8, FileSystem.ReadLink(FilePath.From(Scene.Restored("link"))));
        Assert.Equal(FileSystem.Status(FilePath.From(Scene.At("empty")), false).ModifiedAt, Status("empty").ModifiedAt);
        Assert.True(File.Exists(Scene.Target + Scene.Temp[".holdfast", "snapshot.json"]));
        Assert.Empty(Directory.GetFiles(Scene.Target.ToString(), "*.holdfast-new-*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }));

        FileStatus Status(string name) => FileSystem.Status(FilePath.From(Scene.Restored(name)), followLinks: false);
    }

    [Fact]
    public async Task Restores_only_what_was_asked_for()
    {
        Scene.Temp.WriteFile("app/a/one", "1");
        Scene.Temp.WriteFile("app/b/two", "2");
        await Scene.BackupAsync();

        await Scene.RestoreAsync(Scene.At("a"));

        Assert.Equal("1", await File.ReadAllTextAsync(Scene.Restored("a/one")));
        Assert.False(Path.Exists(Scene.Restored("b")));
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreAsync(Scene.At("c")));
        Assert.Equal(FailureKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task The_plan_tells_what_will_happen_and_writes_nothing()
    {
        Scene.Execute("create table t(x)");
        Scene.Temp.WriteFile("app/file", "12345");
        await Scene.BackupAsync();

        var options = await Scene.OptionsAsync();
        var plan = await Scene.Run(options).PlanAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Scene.Database, Assert.Single(plan.Databases).Source.ToString());
        Assert.Contains(plan.Items, item => item.Source.ToString() == Scene.At("file") && item.Bytes == 5 && item.Destination.ToString() == Scene.Restored("file"));
        Assert.Empty(plan.Obstacles);
        Assert.Empty(plan.Replaced);
        Assert.Contains(Scene.Restored("file"), plan.Created.Select(item => item.Destination.ToString()));
        var space = Assert.Single(plan.Space);
        Assert.InRange(space.Needed, plan.Bytes, space.Free);
        Assert.False(Path.Exists(Scene.Target.ToString()));
    }

    [Fact]
    public async Task A_second_one_to_the_same_folder_is_refused_and_names_what_is_in_the_way()
    {
        Scene.Temp.WriteFile("app/file", "12345");
        await Scene.BackupAsync();
        await Scene.RestoreAsync();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreAsync());

        Assert.Contains(Scene.Restored("file"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restores_many_files_in_batches()
    {
        for (var i = 0; i < 600; i++) await File.WriteAllTextAsync(Scene.At($"f{i}"), $"content {i % 50}");
        await Scene.BackupAsync();

        var result = await Scene.RestoreAsync();

        Assert.Empty(result.Problems);
        for (var i = 0; i < 600; i++) Assert.Equal($"content {i % 50}", await File.ReadAllTextAsync(Scene.Restored($"f{i}")));
    }
}
