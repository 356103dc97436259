namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>Something that was seen below the folder for which a manifest is drafted.</summary>
/// <param name="Path">Relative, with '/' between the names.</param>
/// <param name="IsSqlite">The file starts with a SQLite header.</param>
/// <param name="IsLink">A symbolic link; followed only to see whether a database is behind it.</param>
/// <param name="IsPem">The file holds a certificate or a key as text, whatever its name says.</param>
public sealed record DiscoveredEntry(string Path, bool IsFolder, bool IsSqlite, bool IsLink = false, bool IsPem = false);

/// <summary>A database with the name that the draft gives it.</summary>
public sealed record DiscoveredDatabase(string Name, string Path)
{
    /// <summary>The application's tables that are in it now; null when they could not be read, or nobody looked.</summary>
    public IReadOnlyList<string>? Tables { get; init; }
}

/// <summary>What the draft leaves out, and why, in a few words for a person.</summary>
public sealed record LeftOut(string Path, string Reason);

/// <summary>What was found, in the order of the paths.</summary>
/// <param name="Configuration">Entries for <c>files</c>: paths, or a pattern where a folder holds many of a kind.</param>
/// <param name="Certificates">Entries for <c>files</c>: paths of files or folders.</param>
public sealed record DiscoveryResult(
    IReadOnlyList<DiscoveredDatabase> Databases,
    IReadOnlyList<string> Configuration,
    IReadOnlyList<string> Certificates,
    IReadOnlyList<LeftOut> LeftOut)
{
    /// <summary>Paths of files and folders of logs, a folder with '/' at its end; they are left out.</summary>
    public IReadOnlyList<string> Logs { get; init; } = [];

    /// <summary>Nothing was recognised: then everything is taken.</summary>
    public bool TakesWholeFolder => Databases.Count + Configuration.Count + Certificates.Count == 0;
}
