using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>What a backup has to do with proofs: what it is compared with, and that it is proven itself.</summary>
internal static class AfterBackup
{
    /// <summary>What is new is compared with the last proven snapshot of the application.</summary>
    internal static BackupOptions WithProofs(Session session, Repository repository, BackupOptions options)
    {
        if (options.Application is not { } application) return options;
        var book = Proofs.Load(session, repository);
        return options with { LastProven = snapshots => book.LastProven(snapshots, application) };
    }

    internal static async Task<BackupDrillResult> DrillAsync(
        Session session, Repository repository, BackupResult result, BackupDrillMode mode, CancellationToken cancellationToken)
    {
        var declaration = session.Manifest?.Application.Drill ?? new DrillDeclaration();
        if (mode == BackupDrillMode.Never || (mode == BackupDrillMode.ByManifest && !declaration.AfterBackup)) return BackupDrillResult.None;
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        var stored = SnapshotSelection.Resolve(listing, result.SnapshotId.ToString(), SnapshotFilter.All);
        var progress = new OperationProgress();
        BackupDrillResult drill;
        await using (new ProgressLine(session.Screen, progress, session.Clock))
        {
            var run = new BackupDrill(repository, session.StateFolder, DrillSetup.Options(session, stored, null), declaration, session.Clock, progress);
            drill = await run.ExecuteAsync(mode, cancellationToken);
        }

        if (drill.Drill is { } done) DrillReport.Print(session.Screen, stored, done);
        if (drill.Unproven is { } why && drill.CouldNotRun) session.Screen.Warning(why);
        else if (drill.Unproven is { } notice) session.Screen.Notice(notice);
        return drill;
    }
}
