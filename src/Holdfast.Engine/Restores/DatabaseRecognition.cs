using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores;

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
        Missing = [.. missing.Select(Describe)];
    }

    /// <summary>Databases that should be in the snapshot and are not, one sentence each.</summary>
    internal IReadOnlyList<string> Missing { get; } = [];

    /// <summary>The snapshot holds it, and it is of a kind that this program knows.</summary>
    internal static bool IsSaved(DatabaseRecord database) => database is { Missing: null, Kind: DatabaseRecord.SqliteKind };

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

    private static string Describe(DatabaseRecord database) =>
        $"the database {PrintableName.Escape(database.Name)} is not in this snapshot: {PrintableName.Escape(database.Missing!)}";
}
