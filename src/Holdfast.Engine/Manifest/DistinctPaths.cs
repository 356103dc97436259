using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>Two databases with one file, or two repositories with one folder, are a slip of copy and paste.</summary>
internal static class DistinctPaths
{
    public static void Check(YamlMap document, string folder, ICollection<ManifestError> errors)
    {
        var root = ManifestBinding.Root(document, folder);
        Check(document["databases"], "databases", "sqlite", root, errors);
        Check(document["repositories"], "repositories", "path", root, errors);
    }

    private static void Check(YamlValue? section, string path, string key, string root, ICollection<ManifestError> errors)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in ManifestBinding.Entries(section))
        {
            if ((value as YamlMap)?[key] is not YamlText { Value.Length: > 0 } text || text.Value.Contains('\0', StringComparison.Ordinal))
            {
                continue;
            }

            var full = ManifestBinding.Resolve(text.Value, root);
            var owner = ManifestPath.Key(path, name.Value);
            if (!owners.TryAdd(full, owner))
            {
                errors.Add(new ManifestError(
                    text.Line, text.Column, $"{owner}.{key}", $"this is the same place as {owners[full]}.{key}", null));
            }
        }
    }
}
