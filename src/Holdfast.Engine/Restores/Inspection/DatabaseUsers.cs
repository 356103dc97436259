using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Inspection;

/// <summary>
/// Who has databases open that are to be replaced: they would go on writing to the old file, and the new one would never see it.
/// </summary>
/// <param name="Users">One sentence each.</param>
/// <param name="Notices">What could not be found out.</param>
internal sealed record DatabaseUsers(IReadOnlyList<string> Users, IReadOnlyList<string> Notices)
{
    private const int Named = 3;

    internal static DatabaseUsers Of(IEnumerable<FilePath> databases, CancellationToken cancellationToken)
    {
        var files = new Dictionary<FileIdentity, FilePath>();
        foreach (var database in databases)
        {
            foreach (var path in SqliteRelatedFiles.Of(database).Prepend(database))
                if (FileSystem.TryStatus(path, followLinks: true) is { } status) files.TryAdd(status.Identity, database);
        }

        return Of(files, cancellationToken);
    }

    /// <summary>Of one file, under whatever name it was opened.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    internal static DatabaseUsers Of(FileIdentity file, FilePath name, CancellationToken cancellationToken) =>
        Of(new Dictionary<FileIdentity, FilePath> { [file] = name }, cancellationToken);

    private static DatabaseUsers Of(Dictionary<FileIdentity, FilePath> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0) return new DatabaseUsers([], []);
        var result = OpenFileUsers.Find(files.Keys, cancellationToken);
        var users = result.Users
            .Select(user => $"\"{files[user.File].Display}\" is open in {user.Command} (process {user.ProcessId})")
            .Distinct(StringComparer.Ordinal);
        return new DatabaseUsers([.. users], [.. Uninspected(result.Uninspected)]);
    }

    /// <exception cref="HoldfastException">Busy, naming the processes.</exception>
    internal static void Refuse(IEnumerable<FilePath> databases, CancellationToken cancellationToken)
    {
        var users = Of(databases, cancellationToken).Users;
        if (users.Count == 0) return;
        throw new HoldfastException(
            FailureKind.Busy,
            $"a database is in use: {string.Join("; ", users)}",
            "stop that first; or restore with --target to another folder");
    }

    private static IEnumerable<string> Uninspected(IReadOnlyList<UninspectedProcess> processes)
    {
        if (processes.Count == 0) yield break;
        var names = string.Join(", ", processes.Take(Named).Select(process => $"{process.Command} (process {process.ProcessId})"));
        var more = processes.Count > Named ? $" and {processes.Count - Named} more" : string.Empty;
        yield return $"it could not be seen which files these processes have open: {names}{more}; "
            + "make sure that none of them uses the databases, or restore as root";
    }
}
