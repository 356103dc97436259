using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>What a manifest says is to be saved, as paths.</summary>
public static class ApplicationTargets
{
    /// <param name="manifestPath">Absolute; the manifest itself is always saved.</param>
    /// <param name="application">What it says.</param>
    /// <param name="common">What is the same for every backup.</param>
    /// <param name="morePatterns">Left out beyond what the manifest leaves out.</param>
    public static BackupOptions Of(FilePath manifestPath, ApplicationManifest application, BackupOptions common, IReadOnlyList<PathPattern> morePatterns)
    {
        var exclude = new Exclusions(application.Root, [.. application.Exclude.Patterns, .. morePatterns, .. PidFile(application)]);
        var notices = new List<string>(common.Notices);
        var problems = new List<string>(common.KnownProblems);
        var selected = new List<FilePath>(WithWhatItLeadsTo(manifestPath, problems));
        var groups = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var group in application.Files)
        {
            var members = new List<FilePath>();
            foreach (var selection in group.Selections)
            {
                var found = SelectedFiles.Of(selection, exclude).ToList();
                if (selection.Pattern is null) found = [.. found.SelectMany(path => WithWhatItLeadsTo(path, problems))];
                members.AddRange(found);
                if (found.Count == 0) notices.Add($"{Quoted.Text(selection.Text)} of files.{Quoted.Escape(group.Name, longest: 100)} matches nothing");
            }

            selected.AddRange(members);
            groups[group.Name] = [.. members.Distinct().Select(path => path.ToString())];
        }

        return common with
        {
            Application = application.Application,
            Manifest = manifestPath,
            Root = FilePath.From(application.Root),
            Version = application.Version,
            Groups = groups,
            Around = application.Backup,
            ProgramEnvironment = ProgramEnvironment.Of(application),
            Targets = [.. selected.Distinct()],
            Notices = notices,
            KnownProblems = problems,
            Databases = [.. application.Databases.Select(database => new DatabaseSource(
                database.Name, Resolve(FilePath.From(database.Path)), database.ExpectTables, database.Assertions))],
            ServedDatabases = [.. application.ServedDatabases.Select(database => new ServedDatabase(
                database.Name, database.Address, database.ExpectTables, database.Assertions)
            {
                Form = database.Form,
                MaxRate = database.MaxRate,
            })],
            Exclude = exclude,
            SuspiciousDrop = application.Backup.SuspiciousDrop,
        };
    }

    /// <summary>
    /// Who names a path wants what is there, not a link that leads to nothing after a restore: the link is saved as it is, and what it leads to where it
    /// really is. Of links in a folder or among the matches of a pattern nobody said that.
    /// </summary>
    private static IEnumerable<FilePath> WithWhatItLeadsTo(FilePath path, List<string> problems)
    {
        if (!IsLink(path)) return [path];
        try
        {
            return [path, FileSystem.RealPath(path)];
        }
        catch (HoldfastException error)
        {
            problems.Add($"{path.Display} is a symbolic link, and what it leads to was not saved: {error.Message}");
            return [path];
        }
    }

    private static bool IsLink(FilePath path)
    {
        try
        {
            return FileSystem.TryStatus(path, followLinks: false) is { IsSymlink: true };
        }
        catch (HoldfastException)
        {
            // Out of reach: the backup says so of the path.
            return false;
        }
    }

    /// <summary>The number of a process that runs now: restored later, or elsewhere, it is the number of any other.</summary>
    private static IEnumerable<PathPattern> PidFile(ApplicationManifest application) =>
        application.Service?.PidFile is { } file ? [PathPattern.Parse(PathPattern.Escape(file))] : [];

    /// <summary>A database behind a symbolic link is saved where it really is, because its journals lie there.</summary>
    private static FilePath Resolve(FilePath path)
    {
        try
        {
            return FileSystem.RealPath(path);
        }
        catch (HoldfastException)
        {
            // Absent or out of reach: the backup says so, and saves the rest.
            return path;
        }
    }
}
