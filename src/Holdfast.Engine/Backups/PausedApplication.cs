using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>An application whose writes a backup has paused: should it be killed, or the program that lets them go on fail, the journal knows that somebody must.</summary>
public static class PausedApplication
{
    private const string Document = """{"paused":true}""";

    /// <summary>The backup ended without letting the application go on, and it is known which one.</summary>
    public static bool IsLeftBy(Operation operation) => operation is { Kind: OperationKind.Backup, NeedsSettling: true, Place.Length: > 0 };

    /// <summary>The same backup, with its pauses in the journal.</summary>
    public static BackupOptions Remembered(BackupOptions options, RunningOperation running) => options with
    {
        PauseChanges = isPaused => running.SaveUndo(isPaused ? Document : null),
    };

    /// <summary>Lets the application go on.</summary>
    /// <exception cref="HoldfastException">Failed: the program of the manifest did not work, or there is none any more.</exception>
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

    /// <summary>Lets an application go on that a killed backup has left paused, and enters that into the journal.</summary>
    /// <param name="scope">Of the application.</param>
    /// <param name="number">The backup.</param>
    /// <param name="application">Says how.</param>
    /// <param name="clock">For times and timeouts.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <exception cref="HoldfastException">Locked. Usage: nothing is paused any more. Failed: the program did not work.</exception>
    public static async Task SettleAsync(
        OperationScope scope, long number, ApplicationManifest application, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var state = LocalState.Open(scope.StateFolder);
        var journal = new OperationJournal(state);
        using var held = await ApplicationLock.TakeAsync(
            scope.Application, new ApplicationLockOptions(IsShared: false, scope.Wait, scope.StateFolder, scope.Notice), journal, clock, cancellationToken).ConfigureAwait(false);
        var operation = journal.Get(number);
        if (!IsLeftBy(operation))
            throw new HoldfastException(FailureKind.Usage, $"operation {number} has left nothing paused any more");
        await using var running = RunningOperation.Resume(state, operation, new OperationProgress(), clock);
        await running.RunAsync(
            async token =>
            {
                await ResumeAsync(application, clock, token).ConfigureAwait(false);
                return 0;
            },
            _ => new OperationOutcome(OperationState.Undone) { Settles = true },
            cancellationToken).ConfigureAwait(false);
    }

    private static HoldfastException Forgotten() => new(
        FailureKind.Usage, "the manifest does not say any more how the application's writes are resumed", "resume them by hand, then write backup.quiesce.resume again and repeat this");
}
