using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>A restore of an application whose stops and starts the test decides.</summary>
public abstract class SupervisedRestoreTests : InPlaceTests
{
    private protected OperationProgress Progress { get; } = new();

    private protected FakeSupervisor Supervisor { get; } = new();

    /// <summary>What is restored; null for the newest snapshot.</summary>
    private protected StoredSnapshot? First { get; set; }

    /// <summary>The marker that the restore goes over; null for none.</summary>
    private protected RestoreMarker? Before { get; set; }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected FilePath Marker => ApplicationKey.OfRoot(FilePath.From(Scene.App)).Marker!;

    private protected FilePath StateFolder => FilePath.From(Scene.Temp["state"]);

    private protected ServiceLifecycle Service() => new(
        new ServiceDeclaration { Control = new ServiceControl.Systemd("fake"), Timeout = Conditions.Deadline },
        new ServiceSurroundings { Root = FilePath.From(Scene.App), Environment = new Dictionary<string, string?>(), Clock = TimeProvider.System },
        Supervisor);

    private protected async Task<(Operation Operation, ApplicationRestoreResult? Result)> RestoreAsync(
        string? fails = null, Action? afterPlan = null, CancellationToken? cancellationToken = null)
    {
        var options = new ApplicationRestoreOptions
        {
            Restore = await Scene.OptionsAsync(inPlace: true) with { Snapshot = First ?? await Scene.LatestAsync() },
            Service = Service(),
            Safety = new BackupOptions { Targets = [], Identity = Tester, Program = "test" },
        };
        var plan = await Scene.Run(options.Restore).PlanAsync(Token);
        afterPlan?.Invoke();
        using var state = LocalState.Open(StateFolder);
        var request = new OperationRequest(OperationKind.Restore, "restore", null, "anna", "test");
        await using var running = RunningOperation.Begin(state, ApplicationKey.OfRepository("here"), request, Progress, TimeProvider.System);
        options = options with { Marker = new MarkedRestore(Marker, new RestoreMarker { Operation = running.Number, Title = "restore", User = "anna", Host = "web" }, Before) };
        var restore = new ApplicationRestore(Scene.Repository, options, running, TimeProvider.System, Progress);
        var work = running.RunAsync(
            token => restore.ExecuteAsync(plan, null, token),
            _ => new OperationOutcome(OperationState.Done) { Settles = true },
            cancellationToken ?? Token);
        ApplicationRestoreResult? result = null;
        if (fails is null) result = await work;
        else Assert.Contains(fails, (await Assert.ThrowsAsync<HoldfastException>(() => work)).Message, StringComparison.Ordinal);
        return (new OperationJournal(state).Get(running.Number), result);
    }
}
