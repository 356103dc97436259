namespace Holdfast.Testing;

/// <summary>
/// A file system on which files can share blocks (xfs in a file of its own). Needs root; the test is skipped (or fails in CI) without.
/// </summary>
public sealed class ReflinkFileSystem : IDisposable
{
    /// <summary>Bytes; mkfs.xfs wants at least 300 MB. The file is sparse.</summary>
    private const long Size = 400L << 20;

    private readonly TempDirectory _temp = new();

    private ReflinkFileSystem()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _temp.CreateDirectory("mounted");

    public static async Task<ReflinkFileSystem> MountAsync()
    {
        RealComponent.RequireRoot("mount a file system");
        var (make, mount) = (RealComponent.Require("mkfs.xfs"), RealComponent.Require("mount"));
        var fileSystem = new ReflinkFileSystem();
        var image = fileSystem._temp.WriteFile("image", string.Empty);
        using (var file = File.OpenWrite(image)) file.SetLength(Size);
        var made = await RunningProcess.RunAsync(make, ["-q", "-m", "reflink=1", image]);
        var result = made.ExitCode == 0 ? await RunningProcess.RunAsync(mount, ["-o", "loop", image, fileSystem.Path]) : made;
        if (result.ExitCode == 0) return fileSystem;
        fileSystem._temp.Dispose();
        RealComponent.Missing($"an xfs cannot be mounted here: {result.Error.Trim()}");
        throw new InvalidOperationException(result.ToString());
    }

    public void Dispose()
    {
        using (var process = System.Diagnostics.Process.Start("umount", ["--lazy", Path])) process.WaitForExit();
        _temp.Dispose();
    }
}
