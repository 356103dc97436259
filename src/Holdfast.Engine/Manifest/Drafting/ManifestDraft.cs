using System.Text;
using Holdfast.Engine.Manifest.Schema;
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
        draft.Append("# What Holdfast saves of this application, where to, and how a copy is proven. Written by `holdfast init` from what it found:\n");
        draft.Append("# correct what was guessed wrongly, then run `holdfast config check`. Every key is described in docs/reference/manifest.md.\n");
        draft.Append($"application: {YamlQuoting.Scalar(options.Application)}\n");
        if (options.Root is { } root) draft.Append($"root: {YamlQuoting.Scalar(root)}\n");
        DatabaseDraft.Append(draft, found.Databases);
        AppendFiles(draft, found);
        AppendLogs(draft, found);
        AppendLeftOut(draft, found);
        draft.Append("\n# Names that are left out wherever they are.\nexclude: [\"*.tmp\", \"*.swp\"]\n");
        draft.Append("\n# Where backups go. On the same disk as the data they do not survive its loss: better another disk or a mounted share.\n");
        draft.Append(Repository(options.RepositoryPath));
        AppendPassphrase(draft, options);
        draft.Append("\n# A backup counts when it has been restored. So each is restored elsewhere and checked right after it is made,\n");
        draft.Append("# as long as that takes no longer than the budget; `holdfast drill --all-unproven` makes up for the others.\n");
        draft.Append("drill:\n  after_backup: true\n  budget: 5m\n");
        AppendExample(draft, "How the application is stopped, started and asked whether it works: a restore in place does it then by itself.", DraftExamples.Service(options.Application));
        AppendExample(draft, "Programs around a backup, for an application that must do something first. Databases need nothing of the kind.", DraftExamples.Backup);
        AppendExample(draft, "Plain files beside the repository, for tools that know neither Holdfast nor restic.", DraftExamples.Archives(options.Application));
        return draft.ToString();
    }

    /// <summary>A path as an entry of the manifest: a folder that is really called '~' would be taken for a slip.</summary>
    internal static string Path(string path) => YamlQuoting.Scalar(path.StartsWith('~') ? "./" + path : path);

    private static string Repository(string address)
    {
        var kind = RepositorySchema.Kinds.FirstOrDefault(kind => address.StartsWith(kind + ":", StringComparison.Ordinal));
        var (name, key, text) = kind is null ? ("local", "path", address) : ("remote", kind, address[(kind.Length + 1)..]);
        return $"repositories:\n  {name}:\n    {key}: {YamlQuoting.Scalar(text)}\n";
    }

    internal static void AppendExample(StringBuilder draft, string why, string example)
    {
        draft.Append($"\n# {why}\n");
        foreach (var line in example.Split('\n')) draft.Append($"# {line}\n");
    }

    private static void AppendFiles(StringBuilder draft, DiscoveryResult found)
    {
        if (found.TakesWholeFolder)
        {
            draft.Append("\n# Nothing was recognised, so the whole folder is saved.\nfiles:\n  all: [.]\n");
            return;
        }

        if (found.Configuration.Count + found.Certificates.Count == 0)
        {
            AppendExample(draft, "No configuration was found. Files and folders are added like this, in groups that a restore can choose:", DraftExamples.Files);
            return;
        }

        draft.Append("\n# Files and folders that the application needs beside its databases, in groups that a restore can choose.\nfiles:\n");
        AppendGroup(draft, "config", found.Configuration, "what makes this installation this one");
        AppendGroup(draft, "certs", found.Certificates, "certificates and their keys: without them nobody can connect");
    }

    private static void AppendGroup(StringBuilder draft, string name, IReadOnlyList<string> entries, string why)
    {
        if (entries.Count == 0) return;
        draft.Append($"  # {why}\n  {name}:\n");
        foreach (var entry in entries) draft.Append($"    - {YamlQuoting.Scalar(entry)}\n");
    }

    private static void AppendLogs(StringBuilder draft, DiscoveryResult found)
    {
        if (found.TakesWholeFolder || found.Logs.Count == 0) return;
        draft.Append("\n# Logs grow fast, and no restore needs them. Add them to files if you must keep them.\n");
        foreach (var path in found.Logs.Take(MostLeftOutNamed))
            draft.Append($"# {Quoted.Escape(path, longest: 200)} is not saved: {(path.EndsWith('/') ? "logs" : "a log")}\n");
        AppendMore(draft, found.Logs.Count);
    }

    private static void AppendLeftOut(StringBuilder draft, DiscoveryResult found)
    {
        if (found.TakesWholeFolder || found.LeftOut.Count == 0) return;
        draft.Append("\n# Not saved:\n");
        foreach (var (path, reason) in found.LeftOut.Take(MostLeftOutNamed)) draft.Append($"#   {Quoted.Escape(path, longest: 200)}: {reason}\n");
        AppendMore(draft, found.LeftOut.Count);
    }

    private static void AppendMore(StringBuilder draft, int count)
    {
        if (count > MostLeftOutNamed) draft.Append($"#   and {count - MostLeftOutNamed} more\n");
    }

    private static void AppendPassphrase(StringBuilder draft, ManifestDraftOptions options)
    {
        draft.Append("\n# Without the passphrase nobody can read the repository. Keep the recovery sheet away from this machine.\n");
        if (options.PassphraseFile is { } file)
        {
            draft.Append($"passphrase:\n  file: {YamlQuoting.Scalar(file)}\n");
        }
        else if (options.PassphraseCommand is { } words)
        {
            draft.Append("passphrase:\n  command:\n");
            foreach (var word in words) draft.Append($"    - {YamlQuoting.Scalar(word)}\n");
        }
        else
        {
            draft.Append("passphrase: { env: HOLDFAST_PASSPHRASE }\n");
        }
    }
}

/// <param name="Application">Lower-case letters, digits and dashes; <see cref="ManifestDraft"/> does not check it.</param>
/// <param name="Root">Null when the manifest stands in the root.</param>
/// <param name="PassphraseFile">Null when the passphrase comes from a command or the environment.</param>
public sealed record ManifestDraftOptions(
    string Application, string? Root, DiscoveryResult Found, string RepositoryPath, string? PassphraseFile)
{
    /// <summary>The words of the program that prints the passphrase; null when there is none.</summary>
    public IReadOnlyList<string>? PassphraseCommand { get; init; }

    /// <summary>A valid application name made from a folder's name.</summary>
    public static string ApplicationNameFrom(string folderName) => DatabaseNames.Application(folderName);
}
