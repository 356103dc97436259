using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>What the keys of one archive say about each other and about the databases.</summary>
internal static class ArchiveRules
{
    /// <summary>Looks at a document that may have failed validation: what is no text is passed over.</summary>
    public static void Check(YamlMap document, ICollection<ManifestError> errors)
    {
        var databases = ManifestBinding.Entries(document["databases"])
            .Where(entry => (entry.Value as YamlMap)?["postgres"] is null)
            .Select(entry => entry.Key.Value).ToList();
        var owners = new Dictionary<(string Folder, string Prefix, string Format), string>();
        foreach (var (name, value) in ManifestBinding.Entries(document["archives"]))
        {
            if (value is not YamlMap archive || archive["format"] is not YamlText format || !ArchiveFormat.All.Contains(format.Value))
            {
                continue;
            }

            var path = ManifestPath.Key("archives", name.Value);
            CheckPassphrase(archive, format, path, errors);
            CheckDatabase(archive, format, path, databases, errors);
            CheckNames(document, archive, format, path, owners, errors);
        }
    }

    private static void CheckPassphrase(YamlMap archive, YamlText format, string path, ICollection<ManifestError> errors)
    {
        if (ArchiveFormat.OfExtension(format.Value).Encrypted && archive["passphrase"] is null)
        {
            errors.Add(new ManifestError(
                format.Line, format.Column, path, $"the format {format.Value} needs the key 'passphrase'", "write passphrase: { env: NAME } or { file: PATH }"));
        }

        if (!ArchiveFormat.OfExtension(format.Value).Encrypted && archive["passphrase"] is { } passphrase)
        {
            errors.Add(new ManifestError(
                passphrase.Line, passphrase.Column, $"{path}.passphrase", $"the format {format.Value} is not encrypted and uses no passphrase",
                $"write format: {format.Value}.gpg, or remove the passphrase"));
        }
    }

    private static void CheckDatabase(
        YamlMap archive, YamlText format, string path, IReadOnlyList<string> databases, ICollection<ManifestError> errors)
    {
        if (ArchiveFormat.OfExtension(format.Value).Kind == ArchiveKind.Tar)
        {
            if (archive["database"] is { } superfluous)
            {
                errors.Add(new ManifestError(
                    superfluous.Line, superfluous.Column, $"{path}.database", $"the format {format.Value} holds all databases", "remove the key"));
            }

            return;
        }

        if (archive["database"] is YamlText name)
        {
            if (!databases.Contains(name.Value))
            {
                var hint = Spelling.Nearest(name.Value, databases) is { } nearest ? $"did you mean '{nearest}'?" : null;
                errors.Add(new ManifestError(name.Line, name.Column, $"{path}.database", $"there is no database {Quoted.Text(name.Value)}", hint));
            }
        }
        else if (archive["database"] is null && databases.Count != 1)
        {
            errors.Add(new ManifestError(
                format.Line,
                format.Column,
                path,
                databases.Count == 0 ? $"the format {format.Value} holds a database, and there is none" : $"the format {format.Value} holds one database, and there are {databases.Count}",
                databases.Count == 0 ? "write format: tar.zst" : "add database: NAME"));
        }
    }

    /// <summary>Two kinds of files that cannot be told apart by their names would be counted and removed together.</summary>
    private static void CheckNames(
        YamlMap document,
        YamlMap archive,
        YamlText format,
        string path,
        Dictionary<(string Folder, string Prefix, string Format), string> owners,
        ICollection<ManifestError> errors)
    {
        if (archive["folder"] is not YamlText { Value.Length: > 0 } folder || folder.Value.Contains('\0', StringComparison.Ordinal))
        {
            return;
        }

        var prefix = archive["prefix"] is YamlText given ? given.Value : (document["application"] as YamlText)?.Value ?? string.Empty;
        var place = ManifestBinding.Resolve(folder.Value, ManifestBinding.Root(document, "/"));
        if (!owners.TryAdd((place, prefix, format.Value), path))
        {
            errors.Add(new ManifestError(
                folder.Line, folder.Column, $"{path}.folder", $"{owners[(place, prefix, format.Value)]} has the same folder, prefix and format",
                "give each another prefix or folder"));
        }
    }
}
