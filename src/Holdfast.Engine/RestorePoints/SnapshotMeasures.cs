using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>How much a snapshot holds.</summary>
/// <param name="Bytes">Of all files and databases; null when not recorded.</param>
/// <param name="Rows">Of all tables of each database that was saved, by the database's name.</param>
public sealed record SnapshotMeasures(long? Bytes, IReadOnlyDictionary<string, long> Rows)
{
    public static SnapshotMeasures Of(Snapshot snapshot, SnapshotRecord? record) =>
        new((long?)snapshot.Summary?.TotalBytesProcessed, RowsOf(record?.Databases ?? []));

    public static IReadOnlyDictionary<string, long> RowsOf(IEnumerable<DatabaseRecord> databases) => databases
        .Where(database => database.Missing is null)
        .DistinctBy(database => database.Name)
        .ToDictionary(database => database.Name, database => database.Tables.Values.Sum(), StringComparer.Ordinal);

    /// <summary>Why this looks as if something was lost since, one sentence each; none when it is plausible.</summary>
    /// <param name="proven">What is known to have been good.</param>
    /// <param name="provenName">How to name that: a snapshot's short ID.</param>
    /// <param name="share">By how much it may have shrunk: 0 to 1.</param>
    public IReadOnlyList<string> DoubtsSince(SnapshotMeasures proven, string provenName, double share)
    {
        var doubts = new List<string>();
        if (proven.Bytes is { } before && Bytes is { } now && HasFallen(before, now, share))
            doubts.Add($"all of it is {HumanFormat.Size(now)}, and was {HumanFormat.Size(before)} in the proven snapshot {provenName}");
        foreach (var (name, rows) in proven.Rows)
        {
            if (!Rows.TryGetValue(name, out var left)) doubts.Add($"the database {PrintableName.Escape(name)} is not in it, and was in the proven snapshot {provenName}");
            else if (HasFallen(rows, left, share))
            {
                doubts.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the database {PrintableName.Escape(name)} has {left} rows, and had {rows} in the proven snapshot {provenName}"));
            }
        }

        return doubts;
    }

    private static bool HasFallen(long before, long now, double share) => before > 0 && before - now > before * share;
}
