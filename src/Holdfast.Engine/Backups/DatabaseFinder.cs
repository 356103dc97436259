using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>Tells SQLite databases from other files: by declaration, or by the header of a file whose size is a multiple of the smallest page.</summary>
internal sealed class DatabaseFinder(IReadOnlyList<DatabaseSource> declared)
{
    private const int SmallestPage = 512;

    private readonly Dictionary<FilePath, DatabaseSource> _declared = declared.ToDictionary(database => database.Path);

    internal bool IsDeclared(FilePath path) => _declared.ContainsKey(path);

    internal DatabaseSource? Declared(FilePath path) => _declared.GetValueOrDefault(path);

    /// <summary>A database that nobody declared, named after its file; null for any other file.</summary>
    internal DatabaseSource? Recognise(FilePath path, FileStatus status) =>
        status.Size > 0 && status.Size % SmallestPage == 0 && HasHeader(path)
            ? new DatabaseSource(PrintableName.Escape(path.Name.Span), path, [], [])
            : null;

    /// <summary>True when this file is saved as a database, so that the journals beside it are not saved as files.</summary>
    internal bool IsDatabase(FilePath path) =>
        IsDeclared(path) || (FileSystem.TryStatus(path, followLinks: false) is { IsFile: true } status && Recognise(path, status) is not null);

    private static bool HasHeader(FilePath path)
    {
        try
        {
            // Closed again before SQLite opens the file: closing later would drop SQLite's locks.
            using var reader = DescriptorReader.Open(path);
            Span<byte> first = stackalloc byte[SqliteHeader.Size];
            first = first[..reader.Read(first)];
            return SqliteHeader.Recognise(first) == SqliteFileKind.Sqlite;
        }
        catch (HoldfastException)
        {
            // An unreadable file is no database here; saving it as a file will say what is wrong with it.
            return false;
        }
    }
}
