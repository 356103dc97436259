using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Progress;
using Holdfast.Restic;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>A backup as it is seen on the screen: its progress, and what came of each part as soon as that is known.</summary>
internal sealed class ShownBackup(Session session, Repository repository, JobSurroundings surroundings)
{
    private readonly OperationProgress _progress = new();

    /// <summary>The backup and its drill, without the document on the screen.</summary>
    internal async Task<FinishedBackup> ExecuteAsync(
        BackupOptions options, BackupRequest asked, RequestedArchive? requested, CancellationToken cancellationToken)
    {
        var job = new BackupJob(repository, surroundings, session.Clock, _progress);
        var saved = await session.ShowingAsync(_progress, job.SaveAsync(options, asked, requested, cancellationToken));
        BackupReport.Print(session.Screen, saved, isLasting: true);
        var drill = await session.ShowingAsync(_progress, job.DrillAsync(saved, asked.Drill, cancellationToken));
        BackupReport.Print(session.Screen, saved.Backup.SnapshotId, drill);
        return new FinishedBackup(BackupReport.Document(saved, drill), ExitCode.Of(new BackupJobResult(saved, drill).State));
    }

    /// <summary>For one file and nothing else: the repository is gone afterwards.</summary>
    internal async Task<FinishedBackup> ExecuteInScratchAsync(BackupOptions options, RequestedArchive requested, CancellationToken cancellationToken)
    {
        var job = new BackupJob(repository, surroundings, session.Clock, _progress);
        var saved = await session.ShowingAsync(_progress, job.SaveInScratchAsync(options, requested, cancellationToken));
        BackupReport.Print(session.Screen, saved, isLasting: false);
        return new FinishedBackup(BackupReport.Document(saved, BackupDrillResult.None), ExitCode.Of(saved.State));
    }
}

/// <summary>A backup with its drill.</summary>
internal sealed record FinishedBackup(BackupDocument Document, int ExitCode);
