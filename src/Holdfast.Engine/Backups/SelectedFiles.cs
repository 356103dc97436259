using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Backups;

/// <summary>Turns an entry of the manifest's <c>files</c> into the paths that are there now.</summary>
internal static class SelectedFiles
{
    /// <summary>A plain path as it is, also when it does not exist (the backup then says so); for a pattern, everything that matches.</summary>
    internal static IEnumerable<FilePath> Of(FileSelection selection, Exclusions exclude)
    {
        var folder = FilePath.From(selection.Path);
        return selection.Pattern is null ? [folder] : Matches(folder, folder, selection.Pattern, exclude);
    }

    private static IEnumerable<FilePath> Matches(FilePath folder, FilePath place, PathPattern pattern, Exclusions exclude)
    {
        if (FileSystem.TryStatus(folder, followLinks: false) is not { IsDirectory: true }) yield break;
        foreach (var entry in DirectoryListing.Read(folder))
        {
            var path = folder.Combine(entry.Name);
            if (FileSystem.TryStatus(path, followLinks: false) is not { } status || exclude.IsExcluded(path.Span, status.IsDirectory)) continue;
            var relative = path.Span[(place.IsRoot ? 1 : place.Span.Length + 1)..];
            if (pattern.IsMatch(relative, status.IsDirectory)) yield return path;
            else if (status.IsDirectory)
            {
                foreach (var below in Matches(path, place, pattern, exclude)) yield return below;
            }
        }
    }
}
