using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Contents;

/// <summary>
/// Tells which files of a snapshot are databases: by its record or, for snapshots of a stock restic, by the header in the first blob.
/// </summary>
internal sealed class DatabaseRecognition
{
    private readonly BlobReader _reader;
    private readonly HashSet<FilePath>? _recorded;

    internal DatabaseRecognition(BlobReader reader, SnapshotRecord? record, PathSelection selection)
    {
        _reader = reader;
        if (record is null) return;
        _recorded = [.. record.Databases.Where(IsSaved).Select(PathOf)];
        var missing = record.Databases.Where(database => database.Missing is not null && selection.Includes(PathOf(database)));
        var damaged = record.Databases.Where(database => database.Damage.Count > 0 && selection.Includes(PathOf(database)));
        Problems = [.. missing.Select(Describe), .. damaged.Select(DescribeDamage)];
    }

    /// <summary>Databases that should be in the snapshot and are not, and those that were damaged when they were saved; one sentence each.</summary>
    internal IReadOnlyList<string> Problems { get; } = [];

    /// <summary>The snapshot holds it, and it is of a kind that this program knows.</summary>
    internal static bool IsSaved(DatabaseRecord database) => database is { Missing: null, Kind: DatabaseRecord.SqliteKind };

    /// <summary>The saved databases by their paths; a hostile record may name one twice, and the first counts.</summary>
    internal static Dictionary<FilePath, DatabaseRecord> SavedByPath(SnapshotRecord? record) =>
        (record?.Databases ?? []).Where(IsSaved).GroupBy(PathOf).ToDictionary(group => group.Key, group => group.First());

    internal static FilePath PathOf(DatabaseRecord database) => FilePath.From(database.Path);

    internal async Task<bool> IsDatabaseAsync(FilePath path, Node node, CancellationToken cancellationToken)
    {
        if (_recorded is not null) return _recorded.Contains(path);
        if (!SqliteFiles.CanHaveSize(node.Size) || node.Content is not { Count: > 0 } content) return false;
        try
        {
            var first = await _reader.ReadAsync(new BlobHandle(BlobType.Data, content[0]), cancellationToken).ConfigureAwait(false);
            return SqliteFiles.HasHeader(first);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            // It will not be restored at all, and that will be told.
            return false;
        }
    }

    private static string DescribeDamage(DatabaseRecord database)
    {
        const int Shown = 5;
        const int LongestDamage = 300;
        var more = database.Damage.Count > Shown ? $"; and {database.Damage.Count - Shown} more" : string.Empty;
        return $"the database {PrintableName.Escape(database.Name)} was damaged when it was saved: "
            + string.Join("; ", database.Damage.Take(Shown).Select(damage => Quoted.Escape(damage, LongestDamage))) + more;
    }

    private static string Describe(DatabaseRecord database) =>
        $"the database {PrintableName.Escape(database.Name)} is not in this snapshot: {PrintableName.Escape(database.Missing!)}";
}
