using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>Snapshots for people, one line each.</summary>
internal static class SnapshotTable
{
    private const int PathsShown = 2;
    private static readonly string[] Titles = ["ID", "TIME", "HOST", "APPLICATION", "SIZE", "PROVEN", "REPOSITORIES", "TAGS", "PATHS"];
    private static readonly int Places = Array.IndexOf(Titles, "REPOSITORIES");

    /// <summary>A table with as many lines as there are snapshots and one of titles; columns are as wide as they need.</summary>
    /// <param name="snapshots">In the order of the lines.</param>
    /// <param name="namesRepositories">There are several.</param>
    /// <param name="zone">For the times.</param>
    internal static string Of(IReadOnlyList<ListedSnapshot> snapshots, bool namesRepositories, TimeZoneInfo zone)
    {
        var rows = snapshots.Select(listed => Row(listed, zone)).Prepend(Titles).ToList();
        if (!namesRepositories) rows = [.. rows.Select(row => row.Where((_, column) => column != Places).ToArray())];
        var widths = Enumerable.Range(0, rows[0].Length - 1).Select(column => rows.Max(row => row[column].Length)).ToList();
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, i) => i < widths.Count ? cell.PadRight(widths[i]) : cell)).TrimEnd()));
    }

    private static string[] Row(ListedSnapshot listed, TimeZoneInfo zone)
    {
        var snapshot = listed.Stored.Snapshot;
        return
        [
            listed.Stored.Id.Short,
            HumanFormat.Time(snapshot.Time.ToDateTimeOffset(), zone),
            Printable.Line(snapshot.Hostname ?? string.Empty),
            Printable.Line(ApplicationTag.ApplicationOf(snapshot.Tags) ?? string.Empty),
            snapshot.Summary is { } summary ? HumanFormat.Size((long)Math.Min(summary.TotalBytesProcessed, long.MaxValue)) : string.Empty,
            listed.Proven(),
            listed.Repositories,
            Tags(snapshot),
            Paths(snapshot),
        ];
    }

    /// <summary>What is not an ordinary restore point stands out. The application has a column of its own.</summary>
    private static string Tags(Snapshot snapshot)
    {
        var application = ApplicationTag.ApplicationOf(snapshot.Tags) is { } name ? ApplicationTag.Of(name) : null;
        return string.Join(',', snapshot.Tags.Where(tag => tag != application).Select(tag => tag switch
        {
            IncompleteTag.Value => "INCOMPLETE",
            SafetyTag.Value => "SAFETY",
            SuspiciousTag.Value => "SUSPICIOUS",
            ImportedTag.Value => "IMPORTED",
            _ => Printable.Line(tag),
        }));
    }

    private static string Paths(Snapshot snapshot)
    {
        var shown = string.Join(", ", snapshot.Paths.Take(PathsShown).Select(Printable.Line));
        return snapshot.Paths.Count > PathsShown ? $"{shown} and {snapshot.Paths.Count - PathsShown} more" : shown;
    }
}
