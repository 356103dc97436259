using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Comparisons;

/// <summary>Compares what the records of two snapshots say about databases.</summary>
public static class DatabaseComparison
{
    /// <summary>One for every database of either; those of the newer snapshot first. A database that could not be saved is not in its snapshot.</summary>
    public static IReadOnlyList<DatabaseChange> Of(SnapshotRecord? old, SnapshotRecord? current)
    {
        var before = Saved(old);
        var changes = new List<DatabaseChange>();
        foreach (var database in Saved(current))
        {
            // The path tells apart databases of one name; the name follows one that moved, as on another host.
            var match = before.Find(other => other.Path == database.Path) ?? before.Find(other => other.Name == database.Name);
            if (match is not null) before.Remove(match);
            changes.Add(Compare(match, database));
        }

        changes.AddRange(before.Select(gone => Compare(gone, null)));
        return changes;
    }

    private static List<DatabaseRecord> Saved(SnapshotRecord? record) => [.. (record?.Databases ?? []).Where(database => database.Missing is null)];

    private static DatabaseChange Compare(DatabaseRecord? old, DatabaseRecord? current)
    {
        var (before, after) = (old?.Tables ?? Empty, current?.Tables ?? Empty);
        var names = before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var tables = names.Select(name => new TableChange(name, Rows(before, name), Rows(after, name))).ToList();
        return new DatabaseChange(
            (current ?? old!).Name,
            old is null ? null : old.Bytes ?? 0,
            current is null ? null : current.Bytes ?? 0,
            [.. tables.Where(table => table.OldRows != table.NewRows)],
            tables.Count(table => table.OldRows == table.NewRows));
    }

    private static IReadOnlyDictionary<string, long> Empty { get; } = new Dictionary<string, long>();

    private static long? Rows(IReadOnlyDictionary<string, long> tables, string name) => tables.TryGetValue(name, out var rows) ? rows : null;
}
