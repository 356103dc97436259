using Holdfast.Engine.Files;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Which paths of a snapshot are wanted: those given and everything below them. None given means everything.</summary>
public sealed class PathSelection(IReadOnlyList<FilePath> paths)
{
    public static PathSelection Everything { get; } = new([]);

    public IReadOnlyList<FilePath> Paths => paths;

    /// <summary>The path or a folder above it was asked for.</summary>
    public bool Includes(FilePath path) => paths.Count == 0 || paths.Any(path.IsUnder);

    /// <summary>The path is a folder above something that was asked for.</summary>
    public bool LeadsToIncluded(FilePath path) => paths.Any(wanted => wanted.IsUnder(path));
}
