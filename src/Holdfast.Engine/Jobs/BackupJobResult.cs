using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Operations;

namespace Holdfast.Engine.Jobs;

/// <summary>What a backup came to, before it is drilled.</summary>
/// <param name="Backup">The snapshot.</param>
/// <param name="Exported">The file that was asked for; null for none.</param>
/// <param name="Folders">The archives in declared folders.</param>
public sealed record SavedBackup(BackupResult Backup, ArchiveExportResult? Exported, FolderArchives Folders)
{
    /// <summary>A suspicious one counts as done in part.</summary>
    public OperationState State =>
        Backup.IsPartial || Backup.Suspicions.Count > 0 || Folders.Problems.Count > 0 ? OperationState.DoneInPart : OperationState.Done;
}

/// <summary>A backup with its drill.</summary>
public sealed record BackupJobResult(SavedBackup Saved, BackupDrillResult Drill)
{
    /// <summary>One that a drill has refuted has failed; one that was to be drilled and could not be is done in part.</summary>
    public OperationState State => Drill.Drill is { Proven: false } ? OperationState.Failed : Drill.CouldNotRun ? OperationState.DoneInPart : Saved.State;
}
