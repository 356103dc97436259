using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Initialization;

/// <summary>
/// Whether there is anything yet that a backup would save. The manifest itself does not count, and where databases are declared, files without any of them
/// do not either: the application was installed and has not run, or its data is to be restored.
/// </summary>
internal static class SavedContent
{
    /// <param name="manifest">What is to be saved.</param>
    /// <param name="own">What is Holdfast's own.</param>
    internal static bool IsAny(LoadedManifest manifest, IReadOnlyList<FilePath> own)
    {
        var application = manifest.Application;
        // Whether a server's database is there, the backup says.
        if (application.ServedDatabases.Count > 0) return true;
        if (application.Databases.Count > 0) return application.Databases.Any(database => IsDatabase(FilePath.From(database.Path)));
        return application.Files.SelectMany(group => group.Selections)
                .SelectMany(selection => SelectedFiles.Of(selection, application.Exclude))
                .Any(path => IsContent(path, application.Exclude, [.. own, manifest.Path]));
    }

    private static bool IsDatabase(FilePath path) => Ask(() => FileSystem.TryStatus(path, followLinks: true) is { Size: > 0 });

    private static bool IsContent(FilePath path, Exclusions exclude, IReadOnlyList<FilePath> own) => Ask(() =>
        !own.Contains(path)
        && FileSystem.TryStatus(path, followLinks: false) is { } status
        && !exclude.IsExcluded(path.Span, status.IsDirectory)
        && (!status.IsDirectory || DirectoryListing.Read(path).Any(entry => IsContent(path.Combine(entry.Name), exclude, own))));

    /// <summary>What cannot be looked at is there: the backup says what is wrong with it.</summary>
    private static bool Ask(Func<bool> question)
    {
        try
        {
            return question();
        }
        catch (HoldfastException)
        {
            return true;
        }
    }
}
