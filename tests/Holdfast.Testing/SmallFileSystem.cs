namespace Holdfast.Testing;

/// <summary>A file system of a limited size, to fill up. Needs root; the test is skipped (or fails in CI) without.</summary>
public sealed class SmallFileSystem : IDisposable
{
    private readonly TempDirectory _mountPoint = new();

    private SmallFileSystem()
    {
    }

    public string Path => _mountPoint.Path;

    /// <param name="size">In bytes; rounded up to pages.</param>
    public static async Task<SmallFileSystem> MountAsync(long size)
    {
        RealComponent.RequireRoot("mount a small file system");
        var fileSystem = new SmallFileSystem();
        var result = await RunningProcess.RunAsync(
            RealComponent.Require("mount"), ["-t", "tmpfs", "-o", $"size={size},mode=0700", "holdfast-test", fileSystem.Path]);
        if (result.ExitCode == 0) return fileSystem;
        fileSystem._mountPoint.Dispose();
        RealComponent.Missing($"a tmpfs cannot be mounted here: {result.Error.Trim()}");
        throw new InvalidOperationException(result.ToString());
    }

    public void Dispose()
    {
        using (var process = System.Diagnostics.Process.Start("umount", ["--lazy", Path])) process.WaitForExit();
        _mountPoint.Dispose();
    }
}
