using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>How much a snapshot holds.</summary>
/// <param name="Bytes">Of all files and databases; null when not recorded.</param>
/// <param name="Rows">Of each table of each database that was saved, by the database's name and the table's.</param>
public sealed record SnapshotMeasures(long? Bytes, IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> Rows)
{
    /// <summary>Of a table with fewer rows it is nothing unusual that half of them go.</summary>
    private const int FewRows = 20;

    // Parts of search indexes and their like, which shrink when they are tidied up; each belongs to a table of the name before.
    private static readonly string[] IndexParts = ["_data", "_idx", "_segments", "_segdir", "_node", "_parent", "_rowid"];

    /// <summary>Databases that were saved and whose rows nobody counted: those with their whole cluster.</summary>
    public IReadOnlyCollection<string> Uncounted { get; init; } = [];

    public static SnapshotMeasures Of(Snapshot snapshot, SnapshotRecord? record) => Of((long?)snapshot.Summary?.TotalBytesProcessed, record?.Databases ?? []);

    public static SnapshotMeasures Of(long? bytes, IReadOnlyCollection<DatabaseRecord> databases) =>
        new(bytes, RowsOf(databases)) { Uncounted = [.. databases.Where(database => database is { Missing: null, Postgres.Method: PostgresRecord.Physical }).Select(database => database.Name)] };

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> RowsOf(IEnumerable<DatabaseRecord> databases) => databases
        .Where(database => database.Missing is null)
        .DistinctBy(database => database.Name)
        .ToDictionary(database => database.Name, database => database.Tables, StringComparer.Ordinal);

    /// <summary>Why this looks as if something was lost since, one sentence each; none when it is plausible.</summary>
    /// <param name="proven">What is known to have been good.</param>
    /// <param name="provenName">How to name that: a snapshot's short ID.</param>
    /// <param name="share">By how much it may have shrunk: 0 to 1.</param>
    public IReadOnlyList<string> DoubtsSince(SnapshotMeasures proven, string provenName, double share)
    {
        var doubts = new List<string>();
        if (proven.Bytes is { } before && Bytes is { } now && HasFallen(before, now, share))
            doubts.Add($"all of it is {HumanFormat.Size(now)}, and was {HumanFormat.Size(before)} in the proven snapshot {provenName}");
        foreach (var (name, tables) in proven.Rows.Where(database => !Uncounted.Contains(database.Key, StringComparer.Ordinal)))
        {
            if (!Rows.TryGetValue(name, out var left)) doubts.Add($"the database {PrintableName.Escape(name)} is not in it, and was in the proven snapshot {provenName}");
            else if (HasFallen(tables.Values.Sum(), left.Values.Sum(), share)) doubts.Add(Fallen($"database {PrintableName.Escape(name)}", tables.Values.Sum(), left.Values.Sum(), provenName));
            else doubts.AddRange(TableDoubts(name, tables, left, provenName, share));
        }

        return doubts;
    }

    /// <summary>One table may be lost among larger ones.</summary>
    private static IEnumerable<string> TableDoubts(
        string database, IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> now, string provenName, double share)
    {
        foreach (var (table, rows) in before.Where(table => table.Value > 0 && !IsInternal(table.Key, before)))
        {
            var subject = $"table {PrintableName.Escape(table)} of the database {PrintableName.Escape(database)}";
            if (!now.TryGetValue(table, out var left))
                yield return string.Create(CultureInfo.InvariantCulture, $"the {subject} is not in it, and had {rows} rows in the proven snapshot {provenName}");
            else if (rows > FewRows && HasFallen(rows, left, share)) yield return Fallen(subject, rows, left, provenName);
        }
    }

    private static bool IsInternal(string table, IReadOnlyDictionary<string, long> all) =>
        table.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase)
        || IndexParts.Any(part => table.EndsWith(part, StringComparison.Ordinal) && all.ContainsKey(table[..^part.Length]));

    private static string Fallen(string subject, long before, long now, string provenName) =>
        string.Create(CultureInfo.InvariantCulture, $"the {subject} has {now} rows, and had {before} in the proven snapshot {provenName}");

    private static bool HasFallen(long before, long now, double share) => before > 0 && before - now > before * share;
}
