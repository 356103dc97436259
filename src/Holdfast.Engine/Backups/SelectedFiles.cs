using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>Turns an entry of the manifest's <c>files</c> into the paths that are there now.</summary>
internal static class SelectedFiles
{
    /// <summary>A plain path as it is, also when it does not exist (the backup then says so); for a pattern, everything that matches.</summary>
    internal static IEnumerable<FilePath> Of(FileSelection selection, Exclusions exclude)
    {
        var folder = FilePath.From(selection.Path);
        // The folder of a pattern that is not there is named by the backup as any other path: a disk that is not mounted must not look like no files.
        return selection.Pattern is null || !FileSystem.Exists(folder) ? [folder] : Matches(folder, folder, selection.Pattern, exclude);
    }

    private static IEnumerable<FilePath> Matches(FilePath folder, FilePath place, PathPattern pattern, Exclusions exclude)
    {
        if (TryList(folder, followLink: folder == place) is not { } entries)
        {
            // Saving it will fail in the same way, and say so.
            yield return folder;
            yield break;
        }

        foreach (var entry in entries)
        {
            var path = folder.Combine(entry.Name);
            var isFolder = entry.Type is NodeType.Directory || (entry.Type is null && IsFolder(path));
            if (exclude.IsExcluded(path.Span, isFolder)) continue;
            var relative = path.Span[(place.IsRoot ? 1 : place.Span.Length + 1)..];
            if (pattern.IsMatch(relative, isFolder)) yield return path;
            else if (isFolder)
            {
                foreach (var below in Matches(path, place, pattern, exclude)) yield return below;
            }
        }
    }

    /// <summary>The names in a folder: none when there is no such folder, null when it cannot be read.</summary>
    private static IReadOnlyList<DirectoryEntry>? TryList(FilePath folder, bool followLink)
    {
        try
        {
            return DirectoryListing.Read(followLink ? FileSystem.RealPath(folder) : folder);
        }
        catch (HoldfastException error)
        {
            return FileFailure.IsVanished(error) ? [] : null;
        }
    }

    private static bool IsFolder(FilePath path)
    {
        try
        {
            return FileSystem.TryStatus(path, followLinks: false) is { IsDirectory: true };
        }
        catch (HoldfastException)
        {
            // Listing it, if it is a folder, will fail in the same way.
            return true;
        }
    }
}
