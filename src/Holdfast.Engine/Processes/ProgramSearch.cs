using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Processes;

/// <summary>Finds the file of a program as a shell in a certain folder would: the runtime's own search looks into the current folder first.</summary>
public static class ProgramSearch
{
    /// <summary>The program's file; null when there is none that may be executed.</summary>
    /// <param name="program">A path, seen from the folder, or a bare name that is looked up in PATH.</param>
    /// <param name="folder">Absolute.</param>
    /// <exception cref="HoldfastException">A folder on the way cannot be looked at.</exception>
    public static FilePath? Find(string program, FilePath folder)
    {
        if (program.Length == 0) return null;
        if (program.Contains('/', StringComparison.Ordinal)) return Executable(FilePath.Absolute(program, folder));
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Where(place => place.StartsWith('/')).Select(place => Executable(FilePath.From(place).Combine(program))).FirstOrDefault(found => found is not null);
    }

    /// <summary>As <see cref="Find"/>, for who is about to run it.</summary>
    /// <exception cref="HoldfastException">NotFound: there is no such program.</exception>
    public static FilePath Require(string program, FilePath folder) => Find(program, folder) ?? throw new HoldfastException(
        FailureKind.NotFound,
        $"there is no program {Quoted.Text(program)} that can be run",
        program.Contains('/', StringComparison.Ordinal) ? "correct its path, or make it executable with chmod +x" : "install it, or give its full path");

    private static FilePath? Executable(FilePath path) =>
        FileSystem.TryStatus(path, followLinks: true) is { IsFile: true } status && (status.Mode & FilePermissions.AnyExecute) != 0 ? path : null;
}
