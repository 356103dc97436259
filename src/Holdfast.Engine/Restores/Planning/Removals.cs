using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>What a restore in place takes away: what an earlier restore had made, and, when asked to, what is not in the snapshot.</summary>
internal static class Removals
{
    internal static IReadOnlyList<FilePath> Of(IReadOnlyList<RestoreItem> items, RestoreOptions options)
    {
        var wanted = items.Select(item => item.Destination).ToHashSet();
        var made = options.Remove.Where(path => !wanted.Contains(path)).SelectMany(WithJournals).Where(IsRemovable);
        var others = options.Delete
            ? items.Where(item => item.IsDirectory && !item.IsLeading).SelectMany(folder => NotIn(folder.Destination, wanted, options))
            : [];
        return [.. made.Concat(others).Distinct().Order()];
    }

    private static IEnumerable<FilePath> WithJournals(FilePath path) => SqliteRelatedFiles.Of(path).Prepend(path);

    private static bool IsRemovable(FilePath path) => FileSystem.TryStatus(path, followLinks: false) is { IsDirectory: false };

    private static IEnumerable<FilePath> NotIn(FilePath folder, HashSet<FilePath> wanted, RestoreOptions options)
    {
        if (FileSystem.TryStatus(folder, followLinks: false) is not { IsDirectory: true }) yield break;
        foreach (var entry in DirectoryListing.Read(folder))
        {
            var path = folder.Combine(entry.Name);
            if (wanted.Contains(path) || path == options.PidFile || options.Forbidden.Any(path.IsUnder) || IsOfAnother(path, entry.Name, wanted)) continue;
            if (FileSystem.TryStatus(path, followLinks: false) is not { } status) continue;
            if (options.Excluded?.IsExcluded(path.Span, status.IsDirectory) == true) continue;
            if (status.Type != NodeType.Directory) yield return path;
            else foreach (var below in NotIn(path, wanted, options)) yield return below;
        }
    }

    // Journals go with their database, and what other restores have staged or kept is theirs.
    private static bool IsOfAnother(FilePath path, byte[] name, HashSet<FilePath> wanted) =>
        (SqliteRelatedFiles.DatabaseOf(path) is { } database && wanted.Contains(database))
        || StagedName.OwnerOf(name) is not null
        || RestoreMarker.IsOne(name)
        || KeptName.IsOne(name);
}
