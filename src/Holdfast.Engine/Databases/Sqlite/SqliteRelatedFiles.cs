namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// The files that SQLite keeps beside a database. They are part of its state while it is live, are never saved as files,
/// and a restored database must not meet the old ones.
/// </summary>
public static class SqliteRelatedFiles
{
    private static readonly string[] Suffixes = ["-wal", "-shm", "-journal"];

    /// <summary>The paths of the write-ahead log, the wal-index and the rollback journal of a database, whether they exist or not.</summary>
    public static IReadOnlyList<string> Of(string databasePath) => [.. Suffixes.Select(suffix => databasePath + suffix)];

    /// <summary>The database that a path would belong to by its name; null when it has none of the suffixes.</summary>
    public static string? DatabaseOf(string path)
    {
        var suffix = Suffixes.FirstOrDefault(s => path.EndsWith(s, StringComparison.Ordinal) && path.Length > s.Length);
        return suffix is null ? null : path[..^suffix.Length];
    }
}
