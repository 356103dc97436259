using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>A manifest proposed for a folder: its text, the name it gives the application, and what was found, a line a kind.</summary>
public sealed record FolderDraft(string Yaml, string Application, bool HasDatabase, IReadOnlyList<string> Summary)
{
    private const int DeepestFolder = 12;

    // More would be a tree nobody wants described line by line.
    private const int MostEntries = 100_000;

    /// <summary>Looks through a folder and proposes a manifest.</summary>
    /// <param name="folder">Absolute; the manifest will stand in it.</param>
    /// <param name="repository">Its folder, absolute, left out when it is below the folder; null for a repository elsewhere.</param>
    /// <param name="repositoryText">The repository as the manifest shall name it.</param>
    /// <param name="passphraseFile">As the manifest shall name it; null when the passphrase comes from elsewhere.</param>
    /// <param name="passphraseCommand">The program that prints the passphrase; null when there is none, then it comes from the environment.</param>
    /// <param name="cancellationToken">Stops the looking.</param>
    public static FolderDraft Of(
        FilePath folder, FilePath? repository, string repositoryText, string? passphraseFile, IReadOnlyList<string>? passphraseCommand, CancellationToken cancellationToken)
    {
        var entries = new List<DiscoveredEntry>();
        Collect(folder, string.Empty, 0, entries, cancellationToken);
        RemoveKey(entries, folder, passphraseFile);
        var found = Discovery.Classify(entries, repository is null ? null : Below(repository, folder));
        // Only now: a file that SQLite has open must not be opened and closed as anything else.
        found = found with { Databases = [.. found.Databases.Select(database => DatabaseTables.Look(database, folder, cancellationToken))] };
        var name = ManifestDraftOptions.ApplicationNameFrom(folder.IsRoot ? "application" : Encoding.UTF8.GetString(folder.Name.Span));
        var yaml = ManifestDraft.Write(new ManifestDraftOptions(name, null, found, repositoryText, passphraseFile) { PassphraseCommand = passphraseCommand });
        return new FolderDraft(yaml, name, found.Databases.Count > 0, Summarise(found));
    }

    /// <summary>The key and its sheet are never saved, whatever their names look like.</summary>
    private static void RemoveKey(List<DiscoveredEntry> entries, FilePath folder, string? passphraseFile)
    {
        if (passphraseFile is null || Below(FilePath.Absolute(passphraseFile, folder), folder) is not { } key) return;
        entries.RemoveAll(entry => entry.Path == key || entry.Path == key + RecoverySheet.FileSuffix);
    }

    /// <summary>As a relative path; null when it is not below the folder.</summary>
    private static string? Below(FilePath path, FilePath folder) =>
        path.IsUnder(folder) && path != folder ? path.ToString()[(folder.ToString().TrimEnd('/').Length + 1)..] : null;

    private static IReadOnlyList<string> Summarise(DiscoveryResult found) => found.TakesWholeFolder
        ? ["nothing was recognised: the whole folder is saved"]
        :
    [
        $"databases:     {Names(found.Databases.Select(database => database.Path))}",
        $"configuration: {Names(found.Configuration)}",
        $"certificates:  {Names(found.Certificates)}",
        $"logs:          {Names(found.Logs)}{(found.Logs.Count > 0 ? " (not saved)" : string.Empty)}",
        $"NOT saved:     {Names(found.LeftOut.Select(entry => entry.Path))}",
    ];

    private static string Names(IEnumerable<string> paths)
    {
        var all = paths.ToList();
        var shown = string.Join(", ", all.Take(5).Select(PrintableName.Escape));
        return all.Count == 0 ? "none" : all.Count > 5 ? $"{shown} and {all.Count - 5} more" : shown;
    }

    /// <summary>Looked for behind symbolic links too: a backup saves a declared database where it really is.</summary>
    private static bool IsDatabase(FilePath path, FileStatus status)
    {
        if (status.IsFile) return SqliteFiles.HasReadableHeader(path);
        try
        {
            return FileSystem.TryStatus(path, followLinks: true) is { IsFile: true } && SqliteFiles.HasReadableHeader(FileSystem.RealPath(path));
        }
        catch (HoldfastException)
        {
            // A link that leads in a circle or where nobody may look: it is named among what is not saved.
            return false;
        }
    }

    private static void Collect(FilePath folder, string prefix, int depth, List<DiscoveredEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in DirectoryListing.Read(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entries.Count >= MostEntries)
            {
                throw new HoldfastException(
                    FailureKind.Usage,
                    $"{folder.Display} holds too much to guess from",
                    "run `holdfast init` in the application's own folder, or write holdfast.yaml by hand");
            }

            var path = folder.Combine(entry.Name);
            if (FileSystem.TryStatus(path, followLinks: false) is not { } status || !(status.IsFile || status.IsDirectory || status.IsSymlink)) continue;
            var name = Encoding.UTF8.GetString(entry.Name);
            var isSqlite = !status.IsDirectory && IsDatabase(path, status);
            var isPem = status.IsFile && !isSqlite && PemFiles.IsPem(path, status.Size);
            entries.Add(new DiscoveredEntry(prefix + name, status.IsDirectory, isSqlite, status.IsSymlink, isPem));
            if (status.IsDirectory && depth < DeepestFolder && Discovery.IsWorthEntering(name)) Collect(path, prefix + name + "/", depth + 1, entries, cancellationToken);
        }
    }
}
