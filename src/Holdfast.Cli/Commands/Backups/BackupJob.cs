using System.CommandLine;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>A backup with all that belongs to it: the snapshot, the archives, the drill; entered into the journal.</summary>
internal sealed class BackupJob(Session session, BackupArchives archives, ParseResult arguments, TimeSpan wait)
{
    private const int NotProven = 1;
    private const int DoneInPart = 3;

    private readonly OperationProgress _progress = new();

    /// <returns>The exit code.</returns>
    internal async Task<int> RunAsync(
        Repository repository, BackupOptions options, RequestedArchive? requested, BackupDrillMode mode, CancellationToken cancellationToken)
    {
        var finished = await ExecuteAsync(repository, options, requested, mode, cancellationToken);
        session.Screen.Json(finished.Document, CliJson.Default.BackupDocument);
        return finished.ExitCode;
    }

    /// <summary>The same without the document on the screen, for a command of which the backup is a part.</summary>
    internal async Task<FinishedBackup> ExecuteAsync(
        Repository repository, BackupOptions options, RequestedArchive? requested, BackupDrillMode mode, CancellationToken cancellationToken)
    {
        SavedBackup saved;
        await using (new ProgressLine(session.Screen, _progress, session.Clock))
        {
            saved = TroubleWithState() is { } trouble
                ? await SaveAsync(repository, WithProblem(WithProblem(options, trouble), WordsFor(null)), requested, isLasting: true, cancellationToken)
                : await session.Scope(wait).RunAsync(
                    OperationKind.Backup,
                    options.Application is { } application ? $"back up {application}" : $"back up {HumanFormat.Count(options.Targets.Count, "path", "paths")}",
                    locksApplication: true,
                    (context, token) => SaveAsync(repository, options, requested, context, token),
                    Outcome,
                    _progress,
                    session.Clock,
                    cancellationToken);
        }

        BackupReport.Print(session.Screen, saved, isLasting: true);
        var drill = await AfterBackup.DrillAsync(session, repository, saved.Backup, mode, cancellationToken);
        var exitCode = drill.Drill is { Proven: false } ? NotProven : saved.IsPartial || drill.CouldNotRun ? DoneInPart : 0;
        return new FinishedBackup(BackupReport.Document(saved, drill), exitCode);
    }

    /// <summary>For one file and nothing else: the repository is gone afterwards.</summary>
    /// <returns>The exit code.</returns>
    internal async Task<int> RunInScratchAsync(Repository repository, BackupOptions options, RequestedArchive requested, CancellationToken cancellationToken)
    {
        SavedBackup saved;
        await using (new ProgressLine(session.Screen, _progress, session.Clock))
            saved = await SaveAsync(repository, WithProblem(options, WordsFor(null)), requested, isLasting: false, cancellationToken);
        BackupReport.Print(session.Screen, saved, isLasting: false);
        session.Screen.Json(BackupReport.Document(saved, BackupDrillResult.None), CliJson.Default.BackupDocument);
        return saved.IsPartial ? DoneInPart : 0;
    }

    private async Task<SavedBackup> SaveAsync(
        Repository repository, BackupOptions options, RequestedArchive? requested, bool isLasting, CancellationToken cancellationToken)
    {
        var images = new SqliteImageOptions { BusyDeadline = wait, Clock = session.Clock, DescribeHolders = DatabaseHolders.Describe };
        var compared = isLasting ? AfterBackup.WithProofs(session, repository, options) : options;
        var result = await new BackupRun(repository, compared, images, session.Clock, _progress).ExecuteAsync(cancellationToken);
        var folders = await archives.FillFoldersAsync(session, repository, result.SnapshotId, keepsAll: result.Suspicions.Count > 0 || result.Problems.Count > 0, arguments, _progress, cancellationToken);
        if (requested is null) return new SavedBackup(result, null, folders);
        try
        {
            var exported = await BackupArchives.ExportAsync(session, repository, result.SnapshotId, requested, _progress, cancellationToken);
            return new SavedBackup(result, exported, folders);
        }
        catch (HoldfastException) when (isLasting)
        {
            session.Screen.Notice($"snapshot {result.SnapshotId.Short} was saved into the repository all the same");
            throw;
        }
    }

    private async Task<SavedBackup> SaveAsync(
        Repository repository, BackupOptions options, RequestedArchive? requested, OperationContext context, CancellationToken cancellationToken)
    {
        var unsettled = context.Unsettled;
        if (unsettled is not null && PausedApplication.IsLeftBy(unsettled) && session.Manifest is { } manifest)
        {
            await PausedApplication.ResumeAsync(manifest.Application, session.Clock, cancellationToken);
            context.Running.SettleOther(unsettled);
            session.Screen.Notice($"operation {unsettled.Number} had left the application's writes paused; they go on now");
            unsettled = null;
        }

        var known = PausedApplication.Remembered(WithProblem(options, WordsFor(unsettled)), context.Running);
        return await SaveAsync(repository, known, requested, isLasting: true, cancellationToken);
    }

    private static OperationOutcome Outcome(SavedBackup saved) => new(saved.IsPartial ? OperationState.DoneInPart : OperationState.Done);

    private static BackupOptions WithProblem(BackupOptions options, string? problem) =>
        problem is null ? options : options with { KnownProblems = [.. options.KnownProblems, problem] };

    /// <summary>What anybody's restore has left, told by its marker; else what this user's journal knows.</summary>
    private string? WordsFor(Operation? unsettled) => session.Application?.Marker is { } path && RestoreMarker.TryRead(path) is { } marker
        ? marker.Problem
        : unsettled is null ? null : $"operation {unsettled.Number} ({unsettled.Title}) has not come to its end: the application may be between two states";

    /// <summary>A backup is worth more than its entry in the journal: without one it is made all the same, and the trouble is told.</summary>
    private string? TroubleWithState()
    {
        try
        {
            using var state = LocalState.Open(session.StateFolder);
            return null;
        }
        catch (HoldfastException error)
        {
            return $"the backup could not be entered into the journal: {error.Message}";
        }
    }
}

/// <summary>A backup with its drill.</summary>
internal sealed record FinishedBackup(BackupDocument Document, int ExitCode);

/// <summary>What a backup came to, before it is drilled.</summary>
internal sealed record SavedBackup(BackupResult Backup, ArchiveExportResult? Exported, FolderArchives Folders)
{
    internal bool IsPartial => Backup.IsPartial || Backup.Suspicions.Count > 0 || Folders.Problems.Count > 0;
}
