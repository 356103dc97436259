using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>Snapshots for people, one line each.</summary>
internal static class SnapshotTable
{
    private const int PathsShown = 2;
    private static readonly string[] Titles = ["ID", "TIME", "HOST", "APPLICATION", "SIZE", "PROVEN", "TAGS", "PATHS"];

    /// <summary>A table with as many lines as there are snapshots and one of titles; columns are as wide as they need.</summary>
    internal static string Of(IReadOnlyList<StoredSnapshot> snapshots, ProofBook proofs, TimeZoneInfo zone)
    {
        var rows = snapshots.Select(stored => Row(stored, proofs, zone)).Prepend(Titles).ToList();
        var widths = Enumerable.Range(0, Titles.Length - 1).Select(column => rows.Max(row => row[column].Length)).ToList();
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, i) => i < widths.Count ? cell.PadRight(widths[i]) : cell)).TrimEnd()));
    }

    private static string[] Row(StoredSnapshot stored, ProofBook proofs, TimeZoneInfo zone)
    {
        var snapshot = stored.Snapshot;
        return
        [
            stored.Id.Short,
            HumanFormat.Time(snapshot.Time.ToDateTimeOffset(), zone),
            Printable.Line(snapshot.Hostname ?? string.Empty),
            Printable.Line(ApplicationTag.ApplicationOf(snapshot.Tags) ?? string.Empty),
            snapshot.Summary is { } summary ? HumanFormat.Size((long)Math.Min(summary.TotalBytesProcessed, long.MaxValue)) : string.Empty,
            proofs.Word(stored),
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
