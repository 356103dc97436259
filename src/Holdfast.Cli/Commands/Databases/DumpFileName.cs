using Holdfast.Engine.Dumps;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Databases;

/// <summary>The names of files that hold a dump of a PostgreSQL database.</summary>
internal static class DumpFileName
{
    private const string Custom = ".dump";

    private static readonly (string Ending, DatabaseExportFormat Format)[] _endings =
        [(Custom, DatabaseExportFormat.Custom), (".sql", DatabaseExportFormat.Sql), (".sql.gz", DatabaseExportFormat.CompressedSql)];

    /// <summary>How a format's names end, without the dot.</summary>
    internal static string Ending(DatabaseExportFormat format) => _endings.First(ending => ending.Format == format).Ending[1..];

    /// <exception cref="HoldfastException">Usage: the name does not say.</exception>
    internal static DatabaseExportFormat FormatOf(FilePath file)
    {
        var name = file.ToString();
        return TryFormatOf(name) ?? throw new HoldfastException(
            FailureKind.Usage, $"the name {Quoted.Text(name)} does not say what kind of file it is to be", $"let it end in {string.Join(", ", _endings.Select(ending => ending.Ending))}");
    }

    /// <summary>
    /// The form of a dump when the file is one of a PostgreSQL database of the application; null for an archive. SQL may be of either kind: then the database that is
    /// named tells, or that there are none of the other kind.
    /// </summary>
    /// <param name="session">Of the application.</param>
    /// <param name="file">As it was given.</param>
    /// <param name="database">The one that was named; null for none.</param>
    internal static DatabaseExportFormat? Meant(Session session, string file, string? database)
    {
        if (TryFormatOf(file) is not { } format) return null;
        if (format == DatabaseExportFormat.Custom) return format;
        var served = session.Manifest?.Application.ServedDatabases ?? [];
        var isServed = database is not null ? served.Any(one => one.Name == database) : served.Count > 0 && session.Manifest!.Application.Databases.Count == 0;
        return isServed ? format : null;
    }

    private static DatabaseExportFormat? TryFormatOf(string name)
    {
        foreach (var (ending, format) in _endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) return format;
        }

        return null;
    }
}

/// <summary>The dump of one PostgreSQL database that a backup is asked to write also.</summary>
/// <param name="Database">As the manifest names it; null where there is only one.</param>
internal sealed record RequestedDump(FilePath File, DatabaseExportFormat Format, string? Database, bool Overwrite);
