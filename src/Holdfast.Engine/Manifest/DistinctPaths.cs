using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>
/// Two databases with one file, or two repositories with one folder, are a slip of copy and paste; archives in a repository's folder would
/// be taken for damage of it.
/// </summary>
internal static class DistinctPaths
{
    public static void Check(YamlMap document, string folder, ICollection<ManifestError> errors)
    {
        var root = ManifestBinding.Root(document, folder);
        Check(document["databases"], "databases", "sqlite", root, new(StringComparer.Ordinal), errors);
        var repositories = new Dictionary<string, string>(StringComparer.Ordinal);
        Check(document["repositories"], "repositories", "path", root, repositories, errors);
        foreach (var archive in ManifestBinding.Entries(document["archives"]))
        {
            // Archives with different names may share a folder.
            Check(new YamlMap(1, 1, [archive]), "archives", "folder", root, new(repositories, StringComparer.Ordinal), errors);
        }
    }

    private static void Check(
        YamlValue? section, string path, string key, string root, Dictionary<string, string> owners, ICollection<ManifestError> errors)
    {
        foreach (var (name, value) in ManifestBinding.Entries(section))
        {
            if ((value as YamlMap)?[key] is not YamlText { Value.Length: > 0 } text || text.Value.Contains('\0', StringComparison.Ordinal))
            {
                continue;
            }

            var full = ManifestBinding.Resolve(text.Value, root);
            var owner = $"{ManifestPath.Key(path, name.Value)}.{key}";
            if (!owners.TryAdd(full, owner))
            {
                errors.Add(new ManifestError(text.Line, text.Column, owner, $"this is the same place as {owners[full]}", null));
            }
        }
    }
}
