using Holdfast.Bench.Databases;

namespace Holdfast.Bench.Peers;

/// <summary>The files of a benchmark in its work directory.</summary>
internal static class WorkFiles
{
    /// <summary>Makes a file under a name that says how; kept from run to run, since the same name has the same rows.</summary>
    public static string Prepare(string path, Action<string> make)
    {
        if (File.Exists(path)) return path;
        var unfinished = path + ".part";
        File.Delete(unfinished);
        make(unfinished);
        File.Move(unfinished, path);
        return path;
    }

    /// <summary>Puts the content into an existing file, or a new one, and makes it durable, so that nothing is written behind what is measured.</summary>
    public static async Task PlaceAsync(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(source, target, overwrite: true);
        await SettleAsync();
    }

    public static Task SettleAsync() => MeasuredProgram.FirstLineAsync("sync");

    public static void Empty(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
    }

    /// <summary>The sum of the lengths of all files below a directory.</summary>
    public static long Size(string directory) => Files(directory).Sum(file => file.Length);

    /// <summary>Reads files, or all below a directory, so that they are in the page cache.</summary>
    public static void Warm(string path)
    {
        var buffer = new byte[1 << 20];
        IEnumerable<FileInfo> files = Directory.Exists(path) ? Files(path) : [new FileInfo(path)];
        foreach (var file in files)
        {
            using var stream = file.OpenRead();
            while (stream.Read(buffer) > 0) { }
        }
    }

    /// <summary>Fails unless the only file of that name below the directory has the same bytes as the original.</summary>
    public static void RequireSame(string original, string restoredBelow, string name)
    {
        var restored = Files(restoredBelow).Single(file => string.Equals(file.Name, name, StringComparison.Ordinal)).FullName;
        if (PageFingerprints.Of(original).DifferencesTo(PageFingerprints.Of(restored)) != 0)
            throw new IOException($"{restored} differs from what was backed up");
    }

    private static IEnumerable<FileInfo> Files(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None });
}
