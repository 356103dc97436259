using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Tells SQLite databases from other files: by declaration, or by the header of a file whose size fits or that has a journal beside it.
/// Looking at a header opens and closes the file, and closing drops every POSIX lock this process has on it (fcntl(2)): a database that is held is
/// told by its inode and never looked into, whatever name it is met under.
/// </summary>
internal sealed class DatabaseFinder(IReadOnlyList<DatabaseSource> declared)
{
    private readonly Dictionary<FilePath, DatabaseSource> _declared = ByPath(declared);
    private readonly Dictionary<FilePath, FileIdentity> _held = [];

    /// <summary>From now on this database is not looked into. To be called when its state is pinned.</summary>
    internal void Hold(DatabaseSource database) => _held[database.Path] = FileSystem.Status(database.Path, followLinks: true).Identity;

    internal void Release(FilePath database) => _held.Remove(database);

    internal DatabaseSource? Declared(FilePath path) => _declared.GetValueOrDefault(path);

    /// <summary>A database that nobody declared, named after its file; null for any other file.</summary>
    internal DatabaseSource? Recognise(FilePath path, FileStatus status) => IsDatabase(path, status)
        ? new DatabaseSource(PrintableName.Escape(path.Name.Span), path, [], [])
        : null;

    private bool IsDatabase(FilePath path, FileStatus status) =>
        _held.ContainsValue(status.Identity)
        || ((SqliteFiles.CanHaveSize(status.Size) || SqliteFiles.HasJournalBeside(path)) && SqliteFiles.HasReadableHeader(path));

    /// <summary>True when this file is a database, so that the journals beside it are not saved as files.</summary>
    internal bool IsDatabase(FilePath path)
    {
        if (_declared.ContainsKey(path)) return true;
        try
        {
            return FileSystem.TryStatus(path, followLinks: false) is { IsFile: true } status && Recognise(path, status) is not null;
        }
        catch (HoldfastException)
        {
            // What cannot be looked at is not saved as a database.
            return false;
        }
    }

    /// <exception cref="HoldfastException">Usage: two declarations mean one file, as through a symbolic link.</exception>
    private static Dictionary<FilePath, DatabaseSource> ByPath(IReadOnlyList<DatabaseSource> declared)
    {
        var byPath = new Dictionary<FilePath, DatabaseSource>();
        foreach (var database in declared)
        {
            if (byPath.TryAdd(database.Path, database)) continue;
            var first = PrintableName.Escape(byPath[database.Path].Name);
            throw new HoldfastException(
                FailureKind.Usage, $"the databases {first} and {PrintableName.Escape(database.Name)} are the same file, {database.Path.Display}", "declare it once");
        }

        return byPath;
    }
}
