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
    public static bool IsWorthEntering(string folderName) => FolderNames.ReasonToSkip(folderName) is null && !FolderNames.IsCertificates(folderName);

    /// <param name="entries">In any order; folders that were not entered included.</param>
    /// <param name="repositoryPath">Relative path of the repository when it is below the folder; it is left out.</param>
    public static DiscoveryResult Classify(IEnumerable<DiscoveredEntry> entries, string? repositoryPath)
    {
        var left = new List<LeftOut>();
        var databases = new List<string>();
        var configuration = new List<string>();
        var certificates = new List<string>();
        var unknown = new List<string>();
        var covered = new List<string>();
        var repositories = RepositoryFolders.Find(entries);
        foreach (var entry in entries.OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            if (covered.Exists(folder => entry.Path.StartsWith(folder, StringComparison.Ordinal)))
            {
                continue;
            }

            var name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
            if (entry.IsFolder)
            {
                var reason = entry.Path == repositoryPath || repositories.Contains(entry.Path) ? "a backup repository" : FolderNames.ReasonToSkip(name);
                if (reason is not null)
                {
                    left.Add(new LeftOut(entry.Path + "/", reason));
                    covered.Add(entry.Path + "/");
                }
                else if (FolderNames.IsCertificates(name))
                {
                    certificates.Add(entry.Path);
                    covered.Add(entry.Path + "/");
                }

                continue;
            }

            switch (KindOf(name, entry.IsSqlite))
            {
                case Kind.Database:
                    databases.Add(entry.Path);
                    break;
                case Kind.Configuration:
                    configuration.Add(entry.Path);
                    break;
                case Kind.Certificate:
                    certificates.Add(entry.Path);
                    break;
                case Kind.Log:
                    left.Add(new LeftOut(entry.Path, "a log"));
                    break;
                case Kind.Unknown:
                    unknown.Add(entry.Path);
                    break;
            }
        }

        left.AddRange(Unrecognised(unknown));
        return new DiscoveryResult(DatabaseNames.For(databases), Compact(configuration), [.. certificates.Select(PathPattern.Escape)], left);
    }

    private static Kind KindOf(string name, bool isSqlite)
    {
        var lower = name.ToLowerInvariant();
        return isSqlite ? Kind.Database
            : EndsWith(lower, "-wal", "-shm", "-journal") || lower == ManifestLocation.FileName ? Kind.Ignored
            : EndsWith(lower, ".pem", ".crt", ".cer", ".key", ".p12", ".pfx") ? Kind.Certificate
            : EndsWith(lower, ".log") || lower.Contains(".log.", StringComparison.Ordinal) ? Kind.Log
            : lower == ".env" || lower.StartsWith(".env.", StringComparison.Ordinal)
                || EndsWith(lower, ".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".env") ? Kind.Configuration
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
            compact.AddRange(many ? [$"{PathPattern.Escape(kind.Key.Folder)}*{PathPattern.Escape(kind.Key.Ending)}"] : kind.Select(PathPattern.Escape));
        }

        return compact;
    }

    // A line for each folder at the top, however much is in it.
    private static IEnumerable<LeftOut> Unrecognised(List<string> paths) => paths
        .GroupBy(path => path.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? path[..(slash + 1)] : path)
        .Select(group => new LeftOut(group.Key, group.Key.EndsWith('/')
            ? $"{group.Count()} {(group.Count() == 1 ? "file" : "files")} not recognised; add the folder to files if the application needs it"
            : "not recognised; add it to files if the application needs it"));
}
