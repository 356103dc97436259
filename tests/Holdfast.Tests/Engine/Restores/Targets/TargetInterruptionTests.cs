using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Targets;

/// <summary>Restores that did not come to their end.</summary>
public sealed class TargetInterruptionTests : SceneTests
{
    [Fact]
    public async Task Removes_what_a_killed_restore_left_and_keeps_what_a_living_one_writes()
    {
        Scene.Temp.WriteFile("app/a", "new");
        await Scene.BackupAsync();
        var folder = Directory.CreateDirectory(Scene.Target + Scene.App).FullName;
        var living = ProcessIdentity.Current();
        var (dead, alive) = (Path.Combine(folder, ".a.holdfast-new-99999999-1"), Path.Combine(folder, $".b.holdfast-new-{living.Id}-{living.StartTicks}"));
        foreach (var path in (string[])[dead, alive]) await File.WriteAllTextAsync(path, "half");

        var result = await Scene.RestoreAsync();

        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(alive));
        Assert.Contains(result.Notices, notice => notice.Contains("interrupted restore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_restore_leaves_no_half_file()
    {
        await File.WriteAllBytesAsync(Scene.At("large"), SyntheticTree.RandomBytes(1, 12 << 20));
        await Scene.BackupAsync();
        using var stop = new CancellationTokenSource();
        var progress = new OperationProgress();
        var options = await Scene.OptionsAsync() with { Workers = 1 };
        var run = new RestoreRun(Scene.Repository, options, TimeProvider.System, progress);

        // Cancelled when the first blob has been written.
        Scene.Backend.BeforeRead = handle =>
        {
            if (progress.Step == "restoring" && progress.Bytes > 0) stop.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.ExecuteAsync(stop.Token));

        Assert.InRange(progress.Bytes, 1, (12 << 20) - 1);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Scene.Target.ToString(), "*", SearchOption.AllDirectories), File.Exists);
    }
}
