using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Targets;

/// <summary>Targets that are in the way, too small or not to be written to.</summary>
public sealed class TargetRefusalTests : SceneTests
{
    [Fact]
    public async Task Never_overwrites_and_writes_nothing_when_something_is_in_the_way()
    {
        Scene.Temp.WriteFile("app/a", "new");
        Scene.Temp.WriteFile("app/b", "new");
        await Scene.BackupAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(Scene.Restored("b"))!);
        await File.WriteAllTextAsync(Scene.Restored("b"), "mine");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreAsync());

        Assert.Equal(FailureKind.Failed, error.Kind);
        Assert.Contains("app/b", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Scene.Restored("b")));
        Assert.False(Path.Exists(Scene.Restored("a")));
    }

    [Fact]
    public async Task Does_not_write_through_a_symbolic_link_that_is_in_the_target()
    {
        Scene.Temp.WriteFile("app/a", "new");
        await Scene.BackupAsync();
        var outside = Scene.Temp.CreateDirectory("outside");
        Directory.CreateDirectory(Path.GetDirectoryName(Scene.Target + Scene.App)!);
        File.CreateSymbolicLink(Scene.Target + Scene.App, outside);

        await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreAsync());

        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public async Task Refuses_a_target_inside_the_repository_also_through_a_link()
    {
        Scene.Temp.WriteFile("app/a", "new");
        await Scene.BackupAsync();
        var repository = Scene.Temp.CreateDirectory("repository");
        File.CreateSymbolicLink(Scene.Temp["link"], repository);

        foreach (var target in (string[])[Scene.Temp["repository", "data", "x"], Scene.Temp["link", "x"], repository])
        {
            var options = await Scene.OptionsAsync() with { Target = FilePath.From(target), Forbidden = [FilePath.From(repository)] };
            Assert.Equal(FailureKind.Usage, (await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreAsync(options))).Kind);
        }

        Assert.Empty(Directory.GetFileSystemEntries(repository));
    }

    [Fact]
    public async Task Says_how_much_room_is_missing_before_it_writes()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        await File.WriteAllBytesAsync(Scene.At("large"), SyntheticTree.RandomBytes(1, 3 << 20));
        await Scene.BackupAsync();

        var options = await Scene.OptionsAsync() with { Target = FilePath.From(Path.Combine(small.Path, "target")) };
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreAsync(options));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Matches("not enough .*[0-9.]+ [KM]iB are needed, [0-9.]+ [KM]?i?B are free", error.Message);
        Assert.False(Path.Exists(Path.Combine(small.Path, "target")));
    }

    [Fact]
    public async Task A_sparse_file_fits_where_its_full_size_would_not()
    {
        using var small = await SmallFileSystem.MountAsync(4 << 20);
        await using (var file = File.Create(Scene.At("sparse"))) file.SetLength(64 << 20);
        await Scene.BackupAsync();

        var options = await Scene.OptionsAsync() with { Target = FilePath.From(Path.Combine(small.Path, "target")) };
        var result = await Scene.RestoreAsync(options);

        Assert.Empty(result.Problems);
        Assert.Equal(64 << 20, new FileInfo(options.Target + Scene.At("sparse")).Length);
    }

    [Fact]
    public async Task A_read_only_target_is_refused_with_its_reason()
    {
        var home = Files.OrdinaryUser.CreateHome(Scene.Temp);
        FileSystem.SetPermissions(home, 0x140);

        var error = Assert.Throws<HoldfastException>(() => Files.OrdinaryUser.Run(() => FolderProbe.RequireWritable(home)));

        Assert.True(FileFailure.IsRefused(error));
        Assert.NotNull(error.Hint);
    }
}
