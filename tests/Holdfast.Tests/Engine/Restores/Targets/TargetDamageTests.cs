using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Targets;

/// <summary>A restore of what is damaged in the repository.</summary>
public sealed class TargetDamageTests : SceneTests
{
    [Fact]
    public async Task One_damaged_blob_costs_only_the_files_that_hold_it()
    {
        Scene.Temp.WriteFile("app/bad", "this one is hurt");
        Scene.Temp.WriteFile("app/copy", "this one is hurt");
        Scene.Temp.WriteFile("app/good", "this one is well");
        await Scene.BackupAsync();
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("this one is hurt"u8)));

        var result = await Scene.RestoreAsync();

        Assert.Equal("this one is well", await File.ReadAllTextAsync(Scene.Restored("good")));
        Assert.False(Path.Exists(Scene.Restored("bad")) || Path.Exists(Scene.Restored("copy")));
        Assert.Equal(2, result.Problems.Count);
        Assert.All(result.Problems, problem => Assert.Contains(Id.Of("this one is hurt"u8).ToString(), problem, StringComparison.Ordinal));
        Assert.True(result.IsPartial);
        Assert.Equal(3, Directory.GetFileSystemEntries(Scene.Target + Scene.Temp.Path, "*", SearchOption.AllDirectories).Count(File.Exists) + 1);
    }

    [Fact]
    public async Task A_damaged_folder_costs_only_what_is_in_it()
    {
        await Scene.SaveSnapshotAsync(
            async writer =>
            {
                var text = await SaveTextAsync(writer, "x");
                var lost = await SaveTreeAsync(writer, FileNode("inside", 1, text));
                return await SaveTreeAsync(writer, FolderNode("bad", lost), FileNode("good", 1, text));
            },
            "/");
        await Scene.DamageAsync(new BlobHandle(BlobType.Tree, Id.Of(TreeSerializer.Serialize([FileNode("inside", 1, Id.Of("x"u8))]))));

        var result = await Scene.RestoreAsync();

        Assert.True(File.Exists(Scene.Target + "/good"));
        Assert.Contains("\"/bad\"", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_that_does_not_fit_the_content_is_told_and_the_content_counts()
    {
        await Scene.SaveSnapshotAsync(async writer => await SaveTreeAsync(writer, FileNode("file", 99, await SaveTextAsync(writer, "four"))), "/");

        var result = await Scene.RestoreAsync();

        Assert.Equal("four", await File.ReadAllTextAsync(Scene.Target + "/file"));
        Assert.Contains("99", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_that_is_in_no_index_is_named()
    {
        var absent = Id.Of("absent"u8);
        await Scene.SaveSnapshotAsync(
            async writer => await SaveTreeAsync(writer, FileNode("a", 8, await SaveTextAsync(writer, "here"), absent), FileNode("b", 4, await SaveTextAsync(writer, "here"))), "/");

        var result = await Scene.RestoreAsync();

        Assert.Contains(absent.ToString(), Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.False(Path.Exists(Scene.Target + "/a"));
        Assert.Equal("here", await File.ReadAllTextAsync(Scene.Target + "/b"));
    }
}
