using System.Globalization;
using System.Text;
using Holdfast.Cli.Output;
using Holdfast.Engine.Comparisons;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>Differences between two snapshots, in words and as documents. The letters are those of restic diff.</summary>
internal static class DiffReport
{
    internal static string Line(TreeChange change)
    {
        var folder = change.Type == NodeType.Directory ? "/" : string.Empty;
        var detail = Detail(change);
        return $"{Letter(change.Kind)}  {change.Path.Display}{folder}{(detail.Length > 0 ? $"  ({detail})" : string.Empty)}";
    }

    internal static DiffChangeDocument Document(TreeChange change) => new(
        "change",
        change.Path.ToString(),
        PathBytes(change.Path),
        change.Kind.ToString().ToLowerInvariant(),
        NodeTypeNames.NameOf(change.Type) ?? "unknown",
        SizeOf(change.Old),
        SizeOf(change.New),
        change.NewBytes,
        change.Metadata);

    internal static IEnumerable<string> Lines(DatabaseChange database)
    {
        var size = (database.OldBytes, database.NewBytes) switch
        {
            (null, var added) => $"added, {HumanFormat.Size(added ?? 0)}",
            (_, null) => "removed",
            var (old, now) => old == now ? HumanFormat.Size(now ?? 0) : $"{HumanFormat.Size(old ?? 0)}, now {HumanFormat.Size(now ?? 0)}",
        };
        yield return $"database  {Printable.Line(database.Name)}: {size}";
        foreach (var table in database.Tables) yield return $"            {Printable.Line(table.Name)}: {Rows(table)}";
    }

    internal static DiffDatabaseDocument Document(DatabaseChange database) => new(
        "database",
        database.Name,
        database.OldBytes,
        database.NewBytes,
        [.. database.Tables.Select(table => new TableChangeDocument(table.Name, table.OldRows, table.NewRows))]);

    internal static string Summary(ChangeTotals totals)
    {
        if (totals.IsNothing) return "no differences";
        var folders = totals.FoldersAdded + totals.FoldersRemoved > 0 ? $"; folders: {totals.FoldersAdded:N0} added, {totals.FoldersRemoved:N0} removed" : string.Empty;
        var metadata = totals.MetadataChanged > 0 ? $"; only mode, owner, time or attributes: {totals.MetadataChanged:N0}" : string.Empty;
        return $"files: {totals.FilesAdded:N0} added ({HumanFormat.Size(totals.BytesAdded)}), {totals.FilesRemoved:N0} removed ({HumanFormat.Size(totals.BytesRemoved)}), "
            + $"{totals.FilesChanged:N0} changed ({HumanFormat.Size(totals.BytesChanged)} new){folders}{metadata}";
    }

    internal static DiffSummaryDocument Document(StoredSnapshot old, StoredSnapshot current, SnapshotComparison comparison)
    {
        var totals = comparison.Totals;
        return new DiffSummaryDocument(
            "summary",
            old.Id.ToString(),
            current.Id.ToString(),
            totals.FilesAdded,
            totals.FilesRemoved,
            totals.FilesChanged,
            totals.FoldersAdded,
            totals.FoldersRemoved,
            totals.MetadataChanged,
            totals.BytesAdded,
            totals.BytesRemoved,
            totals.BytesChanged,
            comparison.Problems);
    }

    /// <summary>The raw bytes of a path that is no text, in base64; null when its text says it all.</summary>
    internal static string? PathBytes(FilePath path) =>
        Encoding.UTF8.GetBytes(path.ToString()).AsSpan().SequenceEqual(path.Span) ? null : Convert.ToBase64String(path.Span);

    private static char Letter(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => '+',
        ChangeKind.Removed => '-',
        ChangeKind.Content => 'M',
        ChangeKind.Type => 'T',
        _ => 'U',
    };

    private static string Detail(TreeChange change) => change switch
    {
        { Kind: ChangeKind.Added, New.Type: NodeType.File } => HumanFormat.Size(SizeOf(change.New) ?? 0),
        { Kind: ChangeKind.Removed, Old.Type: NodeType.File } => HumanFormat.Size(SizeOf(change.Old) ?? 0),
        { Kind: ChangeKind.Content, New.Type: NodeType.File } =>
            $"{HumanFormat.Size(SizeOf(change.Old) ?? 0)}, now {HumanFormat.Size(SizeOf(change.New) ?? 0)}, {HumanFormat.Size(change.NewBytes)} of it new{Also(change)}",
        { Kind: ChangeKind.Type } => $"{NodeTypeNames.NameOf(change.Old!.Type) ?? "unknown"}, now {NodeTypeNames.NameOf(change.New!.Type) ?? "unknown"}",
        { Kind: ChangeKind.Metadata } => string.Join(", ", change.Metadata),
        _ => string.Empty,
    };

    /// <summary>A new time goes without saying.</summary>
    private static string Also(TreeChange change) => string.Concat(change.Metadata.Where(name => name != "time").Select(name => $", {name}"));

    private static long? SizeOf(Node? node) => node is { Type: NodeType.File } ? (long)Math.Min(node.Size, long.MaxValue) : null;

    private static string Rows(TableChange table) => (table.OldRows, table.NewRows) switch
    {
        (null, var added) => $"added, {HumanFormat.Count(added ?? 0, "row", "rows")}",
        (var gone, null) => $"removed, it had {HumanFormat.Count(gone ?? 0, "row", "rows")}",
        var (old, now) => string.Create(CultureInfo.InvariantCulture, $"{old:N0} rows, now {now:N0} ({now - old:+#,0;-#,0})"),
    };
}
