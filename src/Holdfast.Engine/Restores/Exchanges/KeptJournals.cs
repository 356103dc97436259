using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>What becomes of the journals beside a database that is exchanged.</summary>
/// <param name="database">The database.</param>
/// <param name="kept">The second name of the old one.</param>
/// <param name="tryLink">Gives a file a second name; false where that cannot be.</param>
internal sealed class KeptJournals(FilePath database, FilePath kept, Func<FilePath, FilePath, bool> tryLink)
{
    /// <summary>Bytes of the magic number a rollback journal begins with; zeros when it is done with and merely stays there.</summary>
    private const int MagicLength = 8;

    // The wal-index is made again from the WAL.
    private static readonly string[] Kept = [SqliteRelatedFiles.Wal, SqliteRelatedFiles.RollbackJournal];

    /// <summary>A journal holds something that the database file does not.</summary>
    internal static bool AnyInUse(FilePath database) => InUse(database).Count > 0;

    /// <summary>The suffixes of the journals that hold something that the database file does not.</summary>
    internal static IReadOnlyList<string> InUse(FilePath database)
    {
        var found = new List<string>();
        var wal = FileSystem.TryStatus(database.WithSuffix(SqliteRelatedFiles.Wal), followLinks: false);
        if (wal is { IsFile: true, Size: > 0 }) found.Add(SqliteRelatedFiles.Wal);
        if (IsHot(database.WithSuffix(SqliteRelatedFiles.RollbackJournal))) found.Add(SqliteRelatedFiles.RollbackJournal);
        return found;
    }

    internal static void Remove(FilePath database)
    {
        foreach (var journal in SqliteRelatedFiles.Of(database)) FileSystem.Remove(journal);
    }

    /// <summary>Gives the journals of one database to another name.</summary>
    internal static void Move(FilePath from, FilePath to)
    {
        foreach (var suffix in SqliteRelatedFiles.Suffixes)
            if (FileSystem.Exists(from.WithSuffix(suffix))) FileSystem.Rename(from.WithSuffix(suffix), to.WithSuffix(suffix));
    }

    /// <summary>Journals that are still there belong to a database that SQLite could not settle, or to one that is gone.</summary>
    internal void Keep()
    {
        foreach (var suffix in Kept)
        {
            var journal = database.WithSuffix(suffix);
            if (FileSystem.TryStatus(journal, followLinks: false) is not { IsFile: true, Size: > 0 }) continue;
            if (!tryLink(journal, kept.WithSuffix(suffix))) FileSystem.Rename(journal, kept.WithSuffix(suffix));
        }

        Remove(database);
    }

    internal void PutBack()
    {
        foreach (var suffix in Kept)
        {
            var (journal, second) = (database.WithSuffix(suffix), kept.WithSuffix(suffix));
            if (FileSystem.TryStatus(second, followLinks: false) is not { } status) continue;
            var now = FileSystem.TryStatus(journal, followLinks: false);
            if (now is null) FileSystem.Rename(second, journal);
            else if (now.Value.Identity == status.Identity) FileSystem.Remove(second);
        }
    }

    internal void Drop()
    {
        foreach (var suffix in Kept) FileSystem.Remove(kept.WithSuffix(suffix));
    }

    private static bool IsHot(FilePath journal)
    {
        if (FileSystem.TryStatus(journal, followLinks: false) is not { IsFile: true, Size: > 0 }) return false;
        using var reader = DescriptorReader.Open(journal);
        Span<byte> first = stackalloc byte[MagicLength];
        return first[..reader.Read(first)].ContainsAnyExcept((byte)0);
    }
}
