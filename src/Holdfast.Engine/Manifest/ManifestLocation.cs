using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>Finds the manifest: the file that was named, else <c>holdfast.yaml</c> here or in the nearest folder above.</summary>
public static class ManifestLocation
{
    public const string FileName = "holdfast.yaml";

    /// <summary>Where the manifests of all applications of a machine may be, each as NAME.yaml.</summary>
    public const string SystemFolder = "/etc/holdfast";

    /// <param name="explicitPath">What the user named with <c>--config</c>; null when nothing was named.</param>
    /// <param name="currentFolder">Absolute.</param>
    /// <param name="fileExists">Says whether a regular file is at an absolute path.</param>
    /// <returns>An absolute path; null when nothing was named and nothing found.</returns>
    /// <exception cref="HoldfastException">Usage: the named file does not exist.</exception>
    public static string? Find(string? explicitPath, string currentFolder, Func<string, bool> fileExists)
    {
        if (explicitPath is not null)
        {
            return Named(Path.GetFullPath(explicitPath, currentFolder), fileExists);
        }

        for (var folder = Path.GetFullPath(currentFolder); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = Path.Combine(folder, FileName);
            if (fileExists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>The manifest of an application by its name: in a folder of the user's, else in <see cref="SystemFolder"/>.</summary>
    /// <param name="application">A name without folders.</param>
    /// <param name="folder">The user's folder, absolute; null for none.</param>
    /// <param name="fileExists">Says whether a regular file, or a link to one, is at an absolute path.</param>
    /// <returns>An absolute path; null when there is none.</returns>
    public static string? OfApplication(string application, string? folder, Func<string, bool> fileExists) =>
        new[] { folder, SystemFolder }.OfType<string>().Select(place => Path.Combine(place, application + ".yaml")).FirstOrDefault(fileExists);

    /// <summary>As <see cref="Find"/>, for commands that cannot do without a manifest.</summary>
    /// <exception cref="HoldfastException">Usage: there is no manifest.</exception>
    public static string Require(string? explicitPath, string currentFolder, Func<string, bool> fileExists) =>
        Find(explicitPath, currentFolder, fileExists)
        ?? throw new HoldfastException(
            FailureKind.Usage,
            $"there is no {FileName} in {Quoted.Text(currentFolder)} or in a folder above it",
            "write one with 'holdfast init', or name one with --config FILE");

    private static string Named(string path, Func<string, bool> fileExists) =>
        fileExists(path)
            ? path
            : throw new HoldfastException(
                FailureKind.Usage, $"there is no manifest at {Quoted.Text(path)}", "check the path given with --config");
}
