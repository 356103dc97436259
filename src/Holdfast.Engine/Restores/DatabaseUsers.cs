using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>Refuses to replace databases that other processes have open: those would go on writing to the old file, and the new one would never see it.</summary>
internal static class DatabaseUsers
{
    /// <returns>How many processes could not be looked into, because they belong to other users.</returns>
    /// <exception cref="HoldfastException">Busy, naming the processes.</exception>
    internal static int Refuse(IEnumerable<FilePath> databases, CancellationToken cancellationToken)
    {
        var files = new Dictionary<FileIdentity, FilePath>();
        foreach (var database in databases)
        {
            foreach (var path in SqliteRelatedFiles.Of(string.Empty).Select(database.WithSuffix).Prepend(database))
                if (FileSystem.TryStatus(path, followLinks: true) is { } status) files.TryAdd(status.Identity, database);
        }

        if (files.Count == 0) return 0;
        var result = OpenFileUsers.Find(files.Keys, cancellationToken);
        if (result.Users.Count == 0) return result.Uninspected;
        var users = result.Users
            .Select(user => $"\"{files[user.File].Display}\" is open in {user.Command} (process {user.ProcessId})")
            .Distinct(StringComparer.Ordinal);
        throw new HoldfastException(
            FailureKind.Busy,
            $"a database is in use: {string.Join("; ", users)}",
            "stop that first; or restore with --target to another folder");
    }
}
