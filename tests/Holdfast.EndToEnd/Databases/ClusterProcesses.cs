namespace Holdfast.EndToEnd.Databases;

/// <summary>Processes of PostgreSQL's servers.</summary>
internal static class ClusterProcesses
{
    /// <summary>Those that work below a folder, and what they are at: a server shows it in place of its arguments.</summary>
    internal static List<string> In(string folder)
    {
        var lines = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                if (File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true)
                    lines.Add(File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' '));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return lines;
    }
}
