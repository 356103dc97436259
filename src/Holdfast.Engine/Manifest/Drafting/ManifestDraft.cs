using System.Text;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>Writes the manifest that <c>init</c> proposes: what was found, with comments that say what to correct.</summary>
public static class ManifestDraft
{
    // A line for each would hide the manifest behind its comments.
    private const int MostLeftOutNamed = 20;

    /// <summary>A text that <see cref="ManifestReader"/> accepts whenever something to save was found.</summary>
    public static string Write(ManifestDraftOptions options)
    {
        var found = options.Found;
        var draft = new StringBuilder();
        draft.Append("# What Holdfast saves of this application, and where. Correct what was guessed wrongly.\n");
        draft.Append("# Every key is described in docs/reference/manifest.md.\n");
        draft.Append($"application: {YamlQuoting.Scalar(options.Application)}\n");
        if (options.Root is { } root)
        {
            draft.Append($"root: {YamlQuoting.Scalar(root)}\n");
        }

        AppendDatabases(draft, found.Databases);
        AppendFiles(draft, found, hasDatabases: found.Databases.Count > 0);
        AppendLeftOut(draft, found.LeftOut);
        draft.Append("\n# Names that are left out wherever they are.\nexclude: [\"*.tmp\", \"*.swp\"]\n");
        draft.Append($"\nrepositories:\n  local:\n    path: {YamlQuoting.Scalar(options.RepositoryPath)}\n");
        AppendPassphrase(draft, options.PassphraseFile);
        return draft.ToString();
    }

    private static void AppendDatabases(StringBuilder draft, IReadOnlyList<DiscoveredDatabase> databases)
    {
        if (databases.Count == 0)
        {
            draft.Append("\n# No SQLite database was found. One is added like this:\n# databases:\n#   main:\n#     sqlite: data/app.db\n");
            return;
        }

        draft.Append("\n# Saved consistently while they are in use.\ndatabases:\n");
        foreach (var database in databases)
        {
            draft.Append($"  {YamlQuoting.Scalar(database.Name)}:\n    sqlite: {YamlQuoting.Scalar(Path(database.Path))}\n");
        }

        draft.Append("    # A drill can prove more than that a copy is sound:\n");
        draft.Append("    # expect_tables: [users]\n    # assertions: [\"select count(*) > 0 from users\"]\n");
    }

    // A folder that is really called '~' would be taken for a slip.
    private static string Path(string path) => path.StartsWith('~') ? "./" + path : path;

    private static void AppendFiles(StringBuilder draft, DiscoveryResult found, bool hasDatabases)
    {
        if (found.Configuration.Count + found.Certificates.Count == 0)
        {
            draft.Append(hasDatabases
                ? "\n# No configuration was found. Files are added like this:\n# files:\n#   config: [config.yaml, .env]\n"
                : "\n# Nothing was recognised, so the whole folder is saved.\nfiles:\n  all: [.]\n");
            return;
        }

        draft.Append("\nfiles:\n");
        AppendGroup(draft, "config", found.Configuration);
        AppendGroup(draft, "certs", found.Certificates);
    }

    private static void AppendGroup(StringBuilder draft, string name, IReadOnlyList<string> entries)
    {
        if (entries.Count > 0)
        {
            draft.Append($"  {name}:\n");
            foreach (var entry in entries)
            {
                draft.Append($"    - {YamlQuoting.Scalar(entry)}\n");
            }
        }
    }

    private static void AppendLeftOut(StringBuilder draft, IReadOnlyList<LeftOut> leftOut)
    {
        if (leftOut.Count == 0)
        {
            return;
        }

        draft.Append("\n# Not saved:\n");
        foreach (var (path, reason) in leftOut.Take(MostLeftOutNamed))
        {
            draft.Append($"#   {Quoted.Escape(path, longest: 200)}: {reason}\n");
        }

        if (leftOut.Count > MostLeftOutNamed)
        {
            draft.Append($"#   and {leftOut.Count - MostLeftOutNamed} more\n");
        }
    }

    private static void AppendPassphrase(StringBuilder draft, string? file)
    {
        draft.Append("\n# Without the passphrase nobody can read the repository. Keep the recovery sheet away from this machine.\n");
        draft.Append(file is null
            ? "passphrase: { env: HOLDFAST_PASSPHRASE }\n"
            : $"passphrase:\n  file: {YamlQuoting.Scalar(file)}\n");
    }
}

/// <param name="Application">Lower-case letters, digits and dashes; <see cref="ManifestDraft"/> does not check it.</param>
/// <param name="Root">Null when the manifest stands in the root.</param>
/// <param name="PassphraseFile">Null when the passphrase comes from the environment.</param>
public sealed record ManifestDraftOptions(
    string Application, string? Root, DiscoveryResult Found, string RepositoryPath, string? PassphraseFile)
{
    /// <summary>A valid application name made from a folder's name.</summary>
    public static string ApplicationNameFrom(string folderName) => DatabaseNames.Application(folderName);
}
