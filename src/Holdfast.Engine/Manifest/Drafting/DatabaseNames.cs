using System.Text;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>Names for databases, from the names of their files: <c>data/orchard.db</c> is <c>orchard</c>.</summary>
internal static class DatabaseNames
{
    private const int Longest = 40;

    public static IReadOnlyList<DiscoveredDatabase> For(IEnumerable<string> paths)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var named = new List<DiscoveredDatabase>();
        foreach (var path in paths)
        {
            var stem = Simple(Path.GetFileNameWithoutExtension(path));
            var name = stem;
            for (var number = 2; !taken.Add(name); number++)
            {
                name = $"{stem}{number}";
            }

            named.Add(new DiscoveredDatabase(name, path));
        }

        return named;
    }

    /// <summary>An application's name from a folder's name.</summary>
    public static string Application(string folderName)
    {
        var name = Simple(folderName).Replace('_', '-');
        return name == "main" ? "application" : name;
    }

    private static string Simple(string text)
    {
        var simple = new StringBuilder();
        foreach (var character in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                simple.Append(character);
            }
            else if (simple.Length > 1 && simple[^1] != '_')
            {
                simple.Append('_');
            }
        }

        var trimmed = simple.ToString(0, Math.Min(simple.Length, Longest)).TrimEnd('_');
        return trimmed.Length == 0 ? "main" : trimmed;
    }
}
