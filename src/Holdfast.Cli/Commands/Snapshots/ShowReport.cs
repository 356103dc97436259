using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>One snapshot for people.</summary>
internal static class ShowReport
{
    internal static IEnumerable<string> Lines(StoredSnapshot stored, SnapshotRecord? record, ProofBook proofs, SincePrevious? since, TimeZoneInfo zone) =>
        [.. Snapshot(stored, record, zone), .. Proof(stored, proofs, zone), .. Contents(record), .. Since(since, zone)];

    private static IEnumerable<string> Snapshot(StoredSnapshot stored, SnapshotRecord? record, TimeZoneInfo zone)
    {
        var snapshot = stored.Snapshot;
        yield return $"snapshot  {stored.Id}";
        yield return $"time      {HumanFormat.Time(snapshot.Time.ToDateTimeOffset(), zone)}";
        yield return $"host      {Printable.Line(snapshot.Hostname ?? "unknown")}, user {Printable.Line(snapshot.Username ?? "unknown")}";
        if (record?.Application is { } application)
            yield return $"of        {Printable.Line(application)}{(record.Version is { } version ? $", version {Printable.Line(version)}" : string.Empty)}";
        if ((record?.Program ?? snapshot.ProgramVersion) is { Length: > 0 } program) yield return $"by        {Printable.Line(program)}";
        foreach (var path in snapshot.Paths) yield return $"path      {Printable.Line(path)}";
        if (snapshot.Tags.Count > 0) yield return $"tags      {string.Join(", ", snapshot.Tags.Select(Printable.Line))}";
        if (SafetyTag.IsOn(snapshot)) yield return "safety    the state before something changed it; never chosen as the latest";
        if (snapshot.Summary is { } summary)
        {
            yield return $"size      {HumanFormat.Size((long)summary.TotalBytesProcessed)} in {HumanFormat.Count((long)summary.TotalFilesProcessed, "file", "files")}, "
                + $"{HumanFormat.Size((long)summary.DataAddedPacked)} of it new to the repository then";
        }

        if (record?.Moments is { } moments) yield return $"moments   {MomentsDocument.Words(moments)}";
    }

    private static IEnumerable<string> Proof(StoredSnapshot stored, ProofBook proofs, TimeZoneInfo zone)
    {
        yield return $"proven    {proofs.Word(stored)}{(proofs.DrilledAt(stored) is { } at ? $", {HumanFormat.Time(at, zone)}" : string.Empty)}";
        foreach (var check in proofs.FailedChecks(stored)) yield return $"failed    {Printable.Line(check.ToString())}";
    }

    private static IEnumerable<string> Contents(SnapshotRecord? record)
    {
        foreach (var (name, paths) in record?.Groups ?? new Dictionary<string, IReadOnlyList<string>>())
            yield return $"group     {Printable.Line(name)}: {string.Join(", ", paths.Select(Printable.Line))}";
        foreach (var database in record?.Databases ?? [])
        {
            yield return database.Missing is { } why
                ? $"database  {Printable.Line(database.Name)}: not saved: {Printable.Line(why)}"
                : $"database  {Printable.Line(database.Name)} ({Printable.Line(database.Path)}){FileOf(database)}";
            foreach (var (table, rows) in database.Tables) yield return $"            {Printable.Line(table)}: {HumanFormat.Count(rows, "row", "rows")}";
            foreach (var damage in database.Damage) yield return $"            damaged: {Printable.Line(damage)}";
        }

        foreach (var doubt in record?.Suspicions ?? []) yield return $"doubt     {Printable.Line(doubt)}";
        foreach (var problem in record?.Problems ?? []) yield return $"problem   {Printable.Line(problem)}";
    }

    private static IEnumerable<string> Since(SincePrevious? since, TimeZoneInfo zone)
    {
        if (since is null) yield break;
        yield return $"since     {since.Previous.Id.Short} of {HumanFormat.Time(since.Previous.Snapshot.Time.ToDateTimeOffset(), zone)}: {DiffReport.Summary(since.Totals)}";
        foreach (var line in since.Databases.SelectMany(DiffReport.Lines)) yield return $"          {line}";
        foreach (var problem in since.Document.Summary.Problems) yield return $"          not compared: {Printable.Line(problem)}";
    }

    private static string FileOf(DatabaseRecord database) => database switch
    {
        { Sqlite: { } file } => $", {HumanFormat.Size(file.Bytes)}, journal mode {Printable.Line(file.JournalMode)}",
        { Postgres: { Cluster: { } cluster } files } =>
            $", cluster of {Printable.Line(files.Database)}, {HumanFormat.Size(files.Bytes)}, PostgreSQL {Printable.Line(files.ServerVersion)}, WAL to {Printable.Line(cluster.End ?? "?")}",
        { Postgres: { } dump } => $", dump of {Printable.Line(dump.Database)}, {HumanFormat.Size(dump.DumpBytes)}, PostgreSQL {Printable.Line(dump.ServerVersion)}"
            + (dump.Extensions.Count > 0 ? $", extensions {string.Join(", ", dump.Extensions.Keys.Select(Printable.Line))}" : string.Empty),
        _ => string.Empty,
    };
}
