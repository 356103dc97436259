using Holdfast.Cli.Commands.Databases;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Dumps;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>A backup as it is seen on the screen: its progress, and what came of each part as soon as that is known.</summary>
internal sealed class ShownBackup(Session session, Repository repository, JobSurroundings surroundings)
{
    private readonly OperationProgress _progress = new();

    /// <summary>A dump that is written also; null for none.</summary>
    internal RequestedDump? Dump { get; init; }

    /// <summary>The backup and its drill, without the document on the screen.</summary>
    internal async Task<FinishedBackup> ExecuteAsync(
        BackupOptions options, BackupRequest asked, RequestedArchive? requested, CancellationToken cancellationToken)
    {
        var job = new BackupJob(repository, surroundings, session.Clock, _progress);
        var saved = await session.ShowingAsync(_progress, job.SaveAsync(options, asked, requested, cancellationToken));
        BackupReport.Print(session.Screen, saved, isLasting: true);
        var isWritten = await IsDumpWrittenAsync(saved, cancellationToken);
        var drill = await session.ShowingAsync(_progress, job.DrillAsync(saved, asked.Drill, cancellationToken));
        BackupReport.Print(session.Screen, saved.Backup.SnapshotId, drill);
        return new FinishedBackup(BackupReport.Document(saved, drill), Code(new BackupJobResult(saved, drill).State, isWritten));
    }

    /// <summary>For one file and nothing else: the repository is gone afterwards.</summary>
    internal async Task<FinishedBackup> ExecuteInScratchAsync(BackupOptions options, RequestedArchive? requested, CancellationToken cancellationToken)
    {
        var job = new BackupJob(repository, surroundings, session.Clock, _progress);
        var saved = await session.ShowingAsync(_progress, job.SaveInScratchAsync(options, requested, cancellationToken));
        BackupReport.Print(session.Screen, saved, isLasting: false);
        var isWritten = await IsDumpWrittenAsync(saved, cancellationToken);
        return new FinishedBackup(BackupReport.Document(saved, BackupDrillResult.None), Code(saved.State, isWritten));
    }

    // The snapshot is there and counts; what is missing is the file beside it.
    private static int Code(OperationState state, bool isWritten) => state == OperationState.Done && !isWritten ? ExitCode.DoneInPart : ExitCode.Of(state);

    private async Task<bool> IsDumpWrittenAsync(SavedBackup saved, CancellationToken cancellationToken)
    {
        if (Dump is not { } dump) return true;
        try
        {
            var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
            var options = new DatabaseExportOptions
            {
                Snapshot = SnapshotSelection.Resolve(listing, saved.Backup.SnapshotId.ToString(), SnapshotFilter.All),
                Name = dump.Database,
                Output = dump.File,
                Format = dump.Format,
                Force = dump.Overwrite,
                Identity = session.Identity,
            };
            var written = await session.ShowingAsync(_progress, new DatabaseExport(repository, options, session.Clock, _progress).ExecuteAsync(cancellationToken));
            foreach (var notice in written.Notices) session.Screen.Notice(notice);
            session.Screen.Line($"wrote {dump.File.Display}, from a dump of {HumanFormat.Size(written.Bytes)}");
            return true;
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            session.Screen.Warning($"the dump {dump.File.Display} was not written: {error.Message}{(error.Hint is { } hint ? $"; {hint}" : string.Empty)}");
            return false;
        }
    }
}

/// <summary>A backup with its drill.</summary>
internal sealed record FinishedBackup(BackupDocument Document, int ExitCode);
