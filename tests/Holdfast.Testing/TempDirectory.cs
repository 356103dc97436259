using System.Diagnostics;

namespace Holdfast.Testing;

/// <summary>A directory of its own for one test, removed with everything in it, whatever its names and modes.</summary>
public sealed class TempDirectory : IDisposable
{
    public TempDirectory()
    {
        Path = Directory.CreateTempSubdirectory("holdfast-test-").FullName;
    }

    public string Path { get; }

    public static implicit operator string(TempDirectory directory) => directory.Path;

    /// <summary>A path inside it; nothing is created.</summary>
    public string this[params string[] parts] => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Creates a directory inside it, with its parents.</summary>
    public string CreateDirectory(params string[] parts) => Directory.CreateDirectory(this[parts]).FullName;

    /// <summary>Writes a file inside it, creating parents.</summary>
    public string WriteFile(string name, string content)
    {
        var path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        // .NET can name neither files that are not UTF-8 nor delete from directories without write permission; these can.
        Run("chmod", "-R", "u+rwX", Path);
        Run("rm", "-rf", "--one-file-system", Path);
    }

    public override string ToString() => Path;

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
    }
}
