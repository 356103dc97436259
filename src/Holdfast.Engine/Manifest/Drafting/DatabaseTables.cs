using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>What tables the databases of a folder hold now.</summary>
internal static class DatabaseTables
{
    /// <param name="database">As it was found.</param>
    /// <param name="folder">Absolute; below it the database's path is.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    internal static DiscoveredDatabase Look(DiscoveredDatabase database, FilePath folder, CancellationToken cancellationToken)
    {
        try
        {
            using var checks = SqliteDatabaseChecks.OpenLive(FileSystem.RealPath(FilePath.Absolute(database.Path, folder)).ToString());
            return database with { Tables = checks.ApplicationTables(cancellationToken) };
        }
        catch (HoldfastException)
        {
            // Locked, or no database behind its header: the draft says that its tables are not known, and the first backup says why.
            return database;
        }
    }
}
