namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>Recognises restic repositories in a listing by the files and folders that each of them has.</summary>
internal static class RepositoryFolders
{
    private static readonly string[] _marks = ["config", "data", "index", "keys", "snapshots"];

    public static HashSet<string> Find(IEnumerable<DiscoveredEntry> entries) => entries
        .Select(entry => (Slash: entry.Path.LastIndexOf('/'), entry.Path))
        .Where(entry => entry.Slash > 0 && _marks.Contains(entry.Path[(entry.Slash + 1)..]))
        .GroupBy(entry => entry.Path[..entry.Slash], entry => entry.Path[(entry.Slash + 1)..])
        .Where(folder => folder.Distinct(StringComparer.Ordinal).Count() == _marks.Length)
        .Select(folder => folder.Key)
        .ToHashSet(StringComparer.Ordinal);
}
