using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Jobs;

/// <summary>
/// A backup with all that belongs to it: the snapshot, compared with what is proven; the archives; the entry in the journal; the drill afterwards.
/// </summary>
public sealed class BackupJob(Repository repository, JobSurroundings surroundings, TimeProvider clock, OperationProgress progress)
{
    private readonly BackupArchives _archives = new(repository, surroundings, clock, progress);

    /// <summary>Makes the snapshot and the archives. A file that could not be written is a problem of the result, as is trouble in a folder. Trouble with the journal is no reason for having no backup: it is told with the result.</summary>
    /// <param name="options">What to save.</param>
    /// <param name="asked">The same as it was asked for, for the journal.</param>
    /// <param name="requested">A file to write also; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HoldfastException">Nothing was saved.</exception>
    public Task<SavedBackup> SaveAsync(BackupOptions options, BackupRequest asked, RequestedArchive? requested, CancellationToken cancellationToken)
    {
        var scope = surroundings.Scope;
        if (scope.TroubleWithJournal() is { } trouble)
            return SaveLastingAsync(WithProblem(WithProblem(options, $"the backup could not be entered into the journal: {trouble}"), WordsFor(null)), requested, cancellationToken);
        return scope.RunAsync(
            new OperationOrder(
                OperationKind.Backup,
                options.Application is { } application ? $"back up {application}" : $"back up {HumanFormat.Count(options.Targets.Count, "path", "paths")}",
                asked.Serialize()),
            locksApplication: true,
            (context, token) => SaveAsync(options, requested, context, token),
            saved => new OperationOutcome(saved.State),
            progress,
            clock,
            cancellationToken);
    }

    /// <summary>For one file and nothing else: the repository is gone afterwards, and nothing is entered anywhere.</summary>
    public async Task<SavedBackup> SaveInScratchAsync(BackupOptions options, RequestedArchive? requested, CancellationToken cancellationToken)
    {
        var (result, folders) = await BackUpAsync(options, cancellationToken).ConfigureAwait(false);
        return new SavedBackup(result, requested is null ? null : await _archives.ExportAsync(result.SnapshotId, requested, cancellationToken).ConfigureAwait(false), folders);
    }

    /// <summary>Proves what was saved, as far as that is wanted.</summary>
    public async Task<BackupDrillResult> DrillAsync(SavedBackup saved, BackupDrillMode mode, CancellationToken cancellationToken)
    {
        var declaration = surroundings.Manifest?.Application.Drill ?? new DrillDeclaration();
        if (!BackupDrill.IsWanted(mode, declaration)) return BackupDrillResult.None;
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        var stored = SnapshotSelection.Resolve(listing, saved.Backup.SnapshotId.ToString(), SnapshotFilter.All);
        var run = new BackupDrill(repository, surroundings.StateFolder, surroundings.Drill(stored), declaration, clock, progress)
        {
            Carrier = (drill, token) => EnterDrillAsync(stored, drill, token),
        };
        return await run.ExecuteAsync(mode, cancellationToken).ConfigureAwait(false);
    }

    private Task<DrillResult> EnterDrillAsync(StoredSnapshot stored, Func<CancellationToken, Task<DrillResult>> drill, CancellationToken cancellationToken)
    {
        var asked = new DrillRequest(stored.Id.ToString(), Boot: false)
        {
            Manifest = surroundings.Manifest?.Path,
            Repository = surroundings.Repository,
            // Nothing of it is relative to any.
            Folder = FilePath.From("/"),
        };
        return surroundings.Scope.RunInAnyCaseAsync(
            new OperationOrder(OperationKind.Drill, $"drill snapshot {stored.Id.Short} after its backup", asked.Serialize()),
            drill,
            OutcomeOf,
            progress,
            clock,
            cancellationToken);
    }

    /// <summary>How a drill ended, for the journal.</summary>
    public static OperationOutcome OutcomeOf(DrillResult result) =>
        new(result.Proven ? OperationState.Done : OperationState.Failed) { Error = result.Proven ? null : "the snapshot is not proven" };

    private async Task<SavedBackup> SaveAsync(
        BackupOptions options, RequestedArchive? requested, OperationContext context, CancellationToken cancellationToken)
    {
        var unsettled = context.Unsettled;
        if (unsettled is not null && PausedApplication.IsLeftBy(unsettled) && surroundings.Manifest is { } manifest)
        {
            await PausedApplication.ResumeAsync(manifest.Application, clock, cancellationToken).ConfigureAwait(false);
            context.Running.SettleOther(unsettled);
            surroundings.Notice($"operation {unsettled.Number} had left the application's writes paused; they go on now");
            unsettled = null;
        }

        var known = PausedApplication.Remembered(WithProblem(options, WordsFor(unsettled)), context.Running);
        return await SaveLastingAsync(known, requested, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SavedBackup> SaveLastingAsync(BackupOptions options, RequestedArchive? requested, CancellationToken cancellationToken)
    {
        var (result, folders) = await BackUpAsync(WithProofs(options), cancellationToken).ConfigureAwait(false);
        if (requested is null) return new SavedBackup(result, null, folders);
        try
        {
            return new SavedBackup(result, await _archives.ExportAsync(result.SnapshotId, requested, cancellationToken).ConfigureAwait(false), folders);
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
        {
            // The snapshot is there and counts; what is missing is the file beside it.
            var problem = $"the archive {requested.File.Display} was not written: {error.Message}{(error.Hint is { } hint ? $"; {hint}" : string.Empty)}";
            return new SavedBackup(result, null, folders with { Problems = [.. folders.Problems, problem] });
        }
    }

    private async Task<(BackupResult Backup, FolderArchives Folders)> BackUpAsync(BackupOptions options, CancellationToken cancellationToken)
    {
        var images = new SqliteImageOptions { BusyDeadline = surroundings.Wait, Clock = clock, DescribeHolders = DatabaseHolders.Describe };
        var result = await new BackupRun(repository, options, images, clock, progress).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return (result, await _archives.FillFoldersAsync(result.SnapshotId, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What is new is compared with the last proven snapshot of the application.</summary>
    private BackupOptions WithProofs(BackupOptions options)
    {
        if (options.Application is not { } application) return options;
        var book = RememberedProofs.Load(surroundings.StateFolder, repository, surroundings.Location, surroundings.Warning);
        return options with { LastProven = snapshots => book.LastProven(snapshots, application) };
    }

    private static BackupOptions WithProblem(BackupOptions options, string? problem) =>
        problem is null ? options : options with { KnownProblems = [.. options.KnownProblems, problem] };

    /// <summary>What anybody's restore has left, told by its marker; else what this user's journal knows.</summary>
    private string? WordsFor(Operation? unsettled) => surroundings.Application?.Marker is { } path && RestoreMarker.TryRead(path) is { } marker
        ? marker.Problem
        : unsettled is null ? null : $"operation {unsettled.Number} ({unsettled.Title}) has not come to its end, so this backup is marked incomplete: `holdfast status` says in which state that left the application";
}
