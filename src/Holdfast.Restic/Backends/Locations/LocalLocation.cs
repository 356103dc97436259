namespace Holdfast.Restic.Backends.Locations;

/// <summary>A folder of this machine.</summary>
/// <param name="Path">As it was written: it may be relative.</param>
public sealed record LocalLocation(string Path) : RepositoryLocation
{
    // The bare path where that says the same.
    protected override string Shown => Parses(Path) ? Path : "local:" + Path;

    private static bool Parses(string path) =>
        !path.Contains(':', StringComparison.Ordinal) || path[0] == '/' || path.StartsWith("./", StringComparison.Ordinal)
        || path.StartsWith("../", StringComparison.Ordinal);
}
