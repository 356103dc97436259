using System.Text;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// The files that SQLite keeps beside a database. They are part of its state while it is live, are never saved as files,
/// and a restored database must not meet the old ones.
/// </summary>
public static class SqliteRelatedFiles
{
    /// <summary>What the write-ahead log is called after the database's name.</summary>
    public const string Wal = "-wal";

    /// <summary>What the wal-index is called; SQLite makes it again from the log.</summary>
    public const string WalIndex = "-shm";

    /// <summary>What the rollback journal is called.</summary>
    public const string RollbackJournal = "-journal";

    private static readonly byte[][] RawSuffixes = [.. ((string[])[Wal, WalIndex, RollbackJournal]).Select(Encoding.ASCII.GetBytes)];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Suffixes { get; } = [Wal, WalIndex, RollbackJournal];

    /// <summary>The paths of the write-ahead log, the wal-index and the rollback journal of a database, whether they exist or not.</summary>
    public static IEnumerable<FilePath> Of(FilePath database) => Suffixes.Select(database.WithSuffix);

    /// <summary>The database that a path would belong to by its name; null when it has none of the suffixes.</summary>
    public static FilePath? DatabaseOf(FilePath path)
    {
        var name = path.Name;
        foreach (var suffix in RawSuffixes)
        {
            if (name.Length > suffix.Length && name.Span.EndsWith(suffix))
                return (path.Parent ?? FilePath.Root).Combine(name.Span[..^suffix.Length]);
        }

        return null;
    }
}
