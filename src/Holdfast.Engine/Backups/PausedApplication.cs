using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;

namespace Holdfast.Engine.Backups;

/// <summary>An application whose writes a backup has paused: should the backup be killed, the journal knows that somebody must let it go on.</summary>
public static class PausedApplication
{
    private const string Document = """{"paused":true}""";

    /// <summary>The backup was killed while the application was paused.</summary>
    public static bool IsLeftBy(Operation operation) => operation is { Kind: OperationKind.Backup, Undo: not null, State: not OperationState.Running };

    /// <summary>The same backup, with its pauses in the journal.</summary>
    public static BackupOptions Remembered(BackupOptions options, RunningOperation running) => options with
    {
        PauseChanges = isPaused => running.SaveUndo(isPaused ? Document : null),
    };

    /// <summary>Lets the application go on.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">Failed: the program of the manifest did not work, or there is none any more.</exception>
    public static async Task ResumeAsync(ApplicationManifest application, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (application.Backup.Quiesce is not { } quiesce) throw Forgotten();
        var options = new BackupOptions
        {
            Targets = [],
            Identity = Processes.LocalIdentity.Current(),
            Program = string.Empty,
            Around = application.Backup,
            Root = FilePath.From(application.Root),
            ProgramEnvironment = ProgramEnvironment.Of(application),
        };
        await new HookProgram(options, clock).RunAsync("backup.quiesce.resume", quiesce.Resume, new Dictionary<string, string?>(StringComparer.Ordinal), cancellationToken)
            .ConfigureAwait(false);
    }

    private static Restic.Failures.HoldfastException Forgotten() => new(
        Restic.Failures.FailureKind.Usage, "the manifest does not say any more how the application's writes are resumed", "resume them by hand, then write backup.quiesce.resume again and repeat this");
}
