using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Exporting;

/// <summary>Which database an archive of one database is to hold, as far as that is clear before there is a snapshot.</summary>
public static class DatabaseChoice
{
    /// <param name="format">What is to be written.</param>
    /// <param name="database">The one that was named; null for none.</param>
    /// <param name="declared">Names of the databases that the backup will surely look for; it may find more.</param>
    /// <exception cref="HoldfastException">Usage: there are several, and none was named.</exception>
    public static void RequireClear(ArchiveFormat format, string? database, IReadOnlyList<string> declared)
    {
        if (format.Kind == ArchiveKind.Tar || database is not null || declared.Count < 2) return;
        throw new HoldfastException(
            FailureKind.Usage,
            $"the application has {declared.Count} databases, and a {format} holds one",
            $"say which with --database NAME: {string.Join(", ", declared.Select(name => Quoted.Text(name)))}; or write a .tar.gz");
    }
}
