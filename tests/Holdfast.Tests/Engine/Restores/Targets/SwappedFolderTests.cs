using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Targets;

/// <summary>Somebody else changes the target while a restore to it is under way.</summary>
public sealed class SwappedFolderTests
{
    [Fact]
    public async Task A_link_in_the_place_of_a_folder_is_not_followed_to_place_a_file()
    {
        using var scene = await Scene.CreateAsync();
        Directory.CreateDirectory(scene.At("folder"));
        await File.WriteAllTextAsync(scene.At("folder/file"), "content", TestContext.Current.CancellationToken);
        await scene.BackupAsync();
        var (folder, outside) = (scene.Restored("folder"), scene.Temp["outside"]);
        // While the content is fetched the file has its temporary name, and can be found by it through the link.
        scene.Backend.BeforeRead = _ =>
        {
            if (Directory.Exists(outside) || !Directory.Exists(folder) || Directory.GetFiles(folder).Length == 0) return;
            Directory.Move(folder, outside);
            File.CreateSymbolicLink(folder, outside);
        };

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => scene.RestoreAsync());

        Assert.Contains("would be written outside of the target", failure.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Failed, failure.Kind);
        Assert.True(Directory.Exists(outside), "the folder was not swapped");
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }
}
