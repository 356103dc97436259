using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Commands.Snapshots;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>What a backup came to, in words and as a document.</summary>
internal static class BackupReport
{
    internal static void Print(Screen screen, SavedBackup saved, bool isLasting)
    {
        var (result, exported, folders) = saved;
        foreach (var notice in result.Notices.Concat(folders.Written.SelectMany(archive => archive.Notices))) screen.Notice(notice);
        foreach (var problem in result.Problems.Concat(result.Afterwards).Concat(folders.Problems)) screen.Warning(problem);
        foreach (var doubt in result.Suspicions) screen.Warning($"this backup is suspicious: {doubt}");
        foreach (var database in result.Databases.Where(database => database.Missing is null))
        {
            if (database.Bytes is not { } bytes)
            {
                screen.Line($"database {database.Name}: saved byte by byte as it lies there, because SQLite cannot read it");
                continue;
            }

            var rows = HumanFormat.Count(database.Tables.Values.Sum(), "row", "rows");
            screen.Line($"database {database.Name}: {HumanFormat.Size(bytes)}, {HumanFormat.Count(database.Tables.Count, "table", "tables")}, {rows}");
        }

        screen.Line($"files: {result.Files:N0}, of which {result.FilesUnchanged:N0} unchanged");
        screen.Line($"read {HumanFormat.Size(result.BytesRead)}, added {HumanFormat.Size(result.BytesAdded)}, in {HumanFormat.Duration(result.Duration)}");
        if (result is { Moments: { } moments } && result.Files + result.Databases.Count > 1) screen.Line(MomentsDocument.Words(moments));
        foreach (var (_, archive, old, _) in folders.Written)
        {
            var removed = old.Count > 0 ? $"; {HumanFormat.Count(old.Count, "old one", "old ones")} deleted" : string.Empty;
            screen.Line($"archive {archive.File}, {HumanFormat.Size(archive.Bytes)}, verified{removed}");
        }

        if (exported is not null) screen.Line($"wrote {exported.File.Display}, {HumanFormat.Size(exported.Bytes)}{(exported.Format.Encrypted ? ", encrypted" : string.Empty)}");
        if (isLasting) screen.Line($"snapshot {result.SnapshotId.Short} saved{(result.Problems.Count > 0 ? ", but it is incomplete: see the warnings" : string.Empty)}");
    }

    internal static void Print(Screen screen, Id snapshot, BackupDrillResult drill)
    {
        if (drill.Drill is { } done) DrillReport.Print(screen, snapshot, done);
        if (drill.Unproven is { } why && drill.CouldNotRun) screen.Warning(why);
        else if (drill.Unproven is { } notice) screen.Notice(notice);
    }

    internal static BackupDocument Document(SavedBackup saved, BackupDrillResult drill)
    {
        var (result, exported, folders) = saved;
        return new BackupDocument(
            result.SnapshotId.ToString(),
            result.Files,
            result.FilesUnchanged,
            [.. result.Databases.Select(DatabaseDocuments.Of)],
            result.BytesRead,
            result.BytesAdded,
            Math.Round(result.Duration.TotalSeconds, 3),
            [.. result.Problems, .. result.Afterwards, .. folders.Problems],
            result.Suspicions,
            drill.Drill is { } done ? DrillDocuments.Of(result.SnapshotId, done) : null,
            drill.Unproven,
            result.Notices,
            result.Version,
            MomentsDocument.Of(result.Moments),
            [.. folders.Written.Select(archive => ArchiveDocuments.Of(archive)), .. exported is null ? (ExportDocument[])[] : [ArchiveDocuments.Of(exported)]],
            []);
    }
}
