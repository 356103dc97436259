using Holdfast.Engine.Databases.Sqlite;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>
/// Sorts a listing of an application's folder into databases, configuration, certificates and what is left out. It guesses
/// by names; the user corrects the draft. What it does not recognise it names, so that nothing is lost in silence.
/// </summary>
public static class Discovery
{
    // More files of a kind than this in one folder become a pattern.
    private const int MostNamedOneByOne = 5;

    private enum Kind
    {
        Unknown,
        Ignored,
        Database,
        Configuration,
        Certificate,
        Log,
    }

    /// <summary>Whether the walk that makes the listing should enter a folder of this name.</summary>
    public static bool IsWorthEntering(string folderName) =>
        FolderNames.ReasonToSkip(folderName) is null && !FolderNames.IsCertificates(folderName);

    /// <param name="entries">In any order; folders that were not entered included.</param>
    /// <param name="repositoryPath">Relative path of the repository when it is below the folder; it is left out.</param>
    public static DiscoveryResult Classify(IEnumerable<DiscoveredEntry> entries, string? repositoryPath)
    {
        var listing = entries.OrderBy(entry => entry.Path, StringComparer.Ordinal).ToList();
        var repositories = RepositoryFolders.Find(listing);
        if (repositoryPath is not null)
        {
            repositories.Add(repositoryPath);
        }

        var sorted = new Dictionary<Kind, List<string>>();
        var left = new List<LeftOut>();
        var settled = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in listing.Where(entry => !IsBelowAny(settled, entry.Path)))
        {
            var name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
            var reason = ReasonToLeaveOut(entry, name, repositories);
            var kind = reason is not null ? Kind.Ignored : entry.IsFolder ? KindOfFolder(name) : KindOfFile(name, entry);
            if (reason is not null)
            {
                left.Add(new LeftOut(entry.IsFolder ? entry.Path + "/" : entry.Path, reason));
            }

            if (entry.IsFolder && (reason is not null || kind != Kind.Ignored))
            {
                settled.Add(entry.Path);
            }

            (sorted.TryGetValue(kind, out var paths) ? paths : sorted[kind] = []).Add(kind == Kind.Log && entry.IsFolder ? entry.Path + "/" : entry.Path);
        }

        List<string> Sorted(Kind kind) => sorted.GetValueOrDefault(kind, []);
        left.AddRange(Unrecognised(Sorted(Kind.Unknown)));
        return new DiscoveryResult(
            DatabaseNames.For(Sorted(Kind.Database)),
            Compact(Sorted(Kind.Configuration)),
            [.. Sorted(Kind.Certificate).Select(PathPattern.Escape)],
            left)
        {
            Logs = Sorted(Kind.Log),
        };
    }

    private static bool IsBelowAny(HashSet<string> folders, string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (folders.Contains(path[..slash]))
            {
                return true;
            }
        }

        return false;
    }

    private static string? ReasonToLeaveOut(DiscoveredEntry entry, string name, HashSet<string> repositories)
    {
        if (entry.Path.Contains('\uFFFD', StringComparison.Ordinal) || !IsWellFormed(entry.Path))
        {
            return "its name is not UTF-8, which a manifest cannot hold; add the folder around it to files";
        }

        if (entry is { IsLink: true, IsSqlite: false }) return "a symbolic link; add what it leads to if the application needs it";
        return entry.IsFolder
            ? repositories.Contains(entry.Path) ? "a backup repository" : FolderNames.IsLogs(name) ? null : FolderNames.ReasonToSkip(name)
            : null;
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLog(string lower) => EndsWith(lower, ".log") || lower.Contains(".log.", StringComparison.Ordinal);

    private static Kind KindOfFolder(string name) =>
        FolderNames.IsCertificates(name) ? Kind.Certificate : FolderNames.IsLogs(name) ? Kind.Log : Kind.Ignored;

    private static Kind KindOfFile(string name, DiscoveredEntry entry)
    {
        var lower = name.ToLowerInvariant();
        return entry.IsSqlite ? Kind.Database
            : IsLog(lower) ? Kind.Log
            : SqliteRelatedFiles.Suffixes.Any(suffix => lower.EndsWith(suffix, StringComparison.Ordinal)) || lower == ManifestLocation.FileName ? Kind.Ignored
            : EndsWith(lower, ".pem", ".crt", ".cer", ".key", ".p12", ".pfx") ? Kind.Certificate
            : lower == ".env" || lower.StartsWith(".env.", StringComparison.Ordinal)
                || EndsWith(lower, ".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".env") ? Kind.Configuration
            : entry.IsPem ? Kind.Certificate
            : Kind.Unknown;
    }

    private static bool EndsWith(string name, params ReadOnlySpan<string> endings)
    {
        foreach (var ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static List<string> Compact(List<string> paths)
    {
        var compact = new List<string>();
        foreach (var kind in paths.GroupBy(path => (Folder: path[..(path.LastIndexOf('/') + 1)], Ending: Path.GetExtension(path))))
        {
            var many = kind.Count() > MostNamedOneByOne && kind.Key.Ending.Length > 1;
            compact.AddRange(many
                ? [$"{PathPattern.Escape(kind.Key.Folder)}*{PathPattern.Escape(kind.Key.Ending)}"]
                : kind.Select(PathPattern.Escape));
        }

        return compact;
    }

    // A line for each folder at the top, however much is in it.
    private static IEnumerable<LeftOut> Unrecognised(List<string> paths) => paths
        .GroupBy(path => path.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? path[..(slash + 1)] : path)
        .Select(group => new LeftOut(group.Key, group.Key.EndsWith('/')
            ? $"{group.Count()} not recognised; add the folder to files if the application needs it"
            : "not recognised; add it to files if the application needs it"));
}
