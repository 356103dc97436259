using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest;

/// <summary>Where in the manifest something stands, as people write it: <c>databases.main.assertions[0]</c>.</summary>
internal static class ManifestPath
{
    public static string Key(string path, string key)
    {
        var shown = Quoted.Escape(key, longest: 60);
        return path.Length == 0 ? shown : $"{path}.{shown}";
    }

    public static string Item(string path, int index) => $"{path}[{index}]";
}
