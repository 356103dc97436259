using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>Where the keys of a manifest stand in its file; lines and columns count from 1.</summary>
public sealed class ManifestPlaces
{
    private readonly YamlMap _document;

    internal ManifestPlaces(YamlMap document) => _document = document;

    /// <summary>Of a manifest that is in no file: everything stands at its beginning.</summary>
    public static ManifestPlaces None { get; } = new(new YamlMap(1, 1, []));

    /// <summary>The place of a value, or of the nearest mapping or list around it that exists.</summary>
    /// <param name="keys">From the root: keys of mappings, and numbers of items as text.</param>
    public (int Line, int Column) Of(params ReadOnlySpan<string> keys)
    {
        YamlValue at = _document;
        foreach (var key in keys)
        {
            if (Below(at, key) is not { } next) break;
            at = next;
        }

        return (at.Line, at.Column);
    }

    private static YamlValue? Below(YamlValue value, string key) => value switch
    {
        YamlMap map => map[key],
        YamlList list when int.TryParse(key, out var index) && index >= 0 && index < list.Items.Count => list.Items[index],
        _ => null,
    };
}
