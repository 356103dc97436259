using System.Text;

namespace Holdfast.Engine.Manifest;

/// <summary>
/// What is left out of a backup. A pattern without '/' matches names in every folder; one that starts with '/' matches
/// absolute paths; any other matches paths below the root. A folder that is excluded is not entered.
/// </summary>
public sealed class Exclusions
{
    private readonly byte[] _root;
    private readonly IReadOnlyList<PathPattern> _patterns;

    /// <param name="root">Absolute.</param>
    public Exclusions(string root, IReadOnlyList<PathPattern> patterns)
    {
        _root = Encoding.UTF8.GetBytes(root.TrimEnd('/') + "/");
        _patterns = patterns;
    }

    public IReadOnlyList<PathPattern> Patterns => _patterns;

    /// <summary>The first pattern that leaves this path out; null when none does.</summary>
    /// <param name="absolutePath">The raw bytes of an absolute path without a final '/'.</param>
    public PathPattern? Find(ReadOnlySpan<byte> absolutePath, bool isFolder)
    {
        foreach (var pattern in _patterns)
        {
            if (pattern.IsMatch(Subject(pattern, absolutePath), isFolder))
            {
                return pattern;
            }
        }

        return null;
    }

    public bool IsExcluded(ReadOnlySpan<byte> absolutePath, bool isFolder) => Find(absolutePath, isFolder) is not null;

    private ReadOnlySpan<byte> Subject(PathPattern pattern, ReadOnlySpan<byte> path)
    {
        if (pattern.MatchesAtAnyDepth || pattern.IsAbsolute)
        {
            return path.IsEmpty ? path : path[1..];
        }

        return path.StartsWith(_root) ? path[_root.Length..] : default;
    }
}
