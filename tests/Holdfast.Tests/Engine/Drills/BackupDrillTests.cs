using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>The drill right after a backup: made, left out, or cut off, and never a reason for having no backup.</summary>
public sealed class BackupDrillTests : DrillTests
{
    private static readonly DrillDeclaration Declared5Minutes = new() { AfterBackup = true };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task One_that_takes_longer_than_the_budget_is_cut_off_and_leaves_the_backup_unproven()
    {
        var result = await DrillAsync(BackupDrillMode.ByManifest, async (_, token) =>
        {
            _clock.Advance(Declared5Minutes.Budget);
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return Proven;
        });

        Assert.Null(result.Drill);
        Assert.False(result.CouldNotRun);
        Assert.Contains("was ended after 5 min 00 s", result.Unproven, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_asked_for_has_all_the_time_it_needs()
    {
        var result = await DrillAsync(BackupDrillMode.Always, (_, token) =>
        {
            _clock.Advance(TimeSpan.FromDays(1));
            token.ThrowIfCancellationRequested();
            return Task.FromResult(Proven);
        });

        Assert.Same(Proven, result.Drill);
        Assert.Null(result.Unproven);
    }

    [Fact]
    public async Task Who_is_asked_to_stop_stops_and_says_nothing_of_a_budget()
    {
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DrillAsync(
            BackupDrillMode.ByManifest,
            async (_, token) =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return Proven;
            },
            stop.Token));
    }

    [Fact]
    public async Task One_that_is_expected_to_take_longer_than_the_budget_is_not_begun_unless_asked_for()
    {
        await Scene.BackupAsync();
        Proofs.Record(ProofStoreTests.Drill(await Scene.LatestAsync()) with
        {
            Repository = Scene.Repository.Config.Id,
            Location = Location,
            Duration = TimeSpan.FromMinutes(6),
            Bytes = 1,
        });
        var began = false;
        Task<DrillResult> Begin(Func<CancellationToken, Task<DrillResult>> drill, CancellationToken token)
        {
            began = true;
            return Task.FromResult(Proven);
        }

        var left = await DrillAsync(BackupDrillMode.WithinBudget, Begin);
        Assert.False(began);
        Assert.Contains("is expected to take", left.Unproven, StringComparison.Ordinal);

        Assert.Same(Proven, (await DrillAsync(BackupDrillMode.Always, Begin)).Drill);
    }

    [Fact]
    public async Task One_that_cannot_be_made_is_told_and_fails_nothing()
    {
        var result = await DrillAsync(BackupDrillMode.ByManifest, (_, _) => throw new HoldfastException(FailureKind.NoSpace, "there is no room", "make some"));

        Assert.True(result.CouldNotRun);
        Assert.Contains("there is no room; make some", result.Unproven, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BackupDrillMode.ByManifest, true, true)]
    [InlineData(BackupDrillMode.ByManifest, false, false)]
    [InlineData(BackupDrillMode.WithinBudget, false, true)]
    [InlineData(BackupDrillMode.Always, false, true)]
    [InlineData(BackupDrillMode.Never, true, false)]
    public void It_is_made_when_somebody_wants_it(BackupDrillMode mode, bool afterBackup, bool wanted) =>
        Assert.Equal(wanted, BackupDrill.IsWanted(mode, new DrillDeclaration { AfterBackup = afterBackup }));

    private static DrillResult Proven { get; } = new()
    {
        Proven = true,
        Duration = TimeSpan.Zero,
        RestoreDuration = TimeSpan.Zero,
        Checks = [],
        Bytes = 0,
        Files = 0,
        Databases = 0,
        Notices = [],
    };

    private async Task<BackupDrillResult> DrillAsync(
        BackupDrillMode mode, Func<Func<CancellationToken, Task<DrillResult>>, CancellationToken, Task<DrillResult>> carrier, CancellationToken? cancellationToken = null)
    {
        await Scene.BackupAsync();
        var options = new DrillOptions
        {
            Snapshot = await Scene.LatestAsync(),
            RepositoryLocation = Location,
            ScratchCandidates = [Scratch],
            Identity = Restores.Scene.Tester,
            Program = "test",
        };
        var drill = new BackupDrill(
            Scene.Repository, FilePath.From(Scene.Temp["state"]), options, Declared5Minutes, _clock, new OperationProgress())
        {
            Carrier = carrier,
        };
        return await drill.ExecuteAsync(mode, cancellationToken ?? Token);
    }
}
