using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>What became of the drill that follows a backup.</summary>
/// <param name="Drill">What it came to; null when there was none, or it did not come to an end.</param>
/// <param name="Unproven">Why it is not known whether the backup is good, one sentence; null when it is known, or nobody asked.</param>
/// <param name="CouldNotRun">It was to be drilled and that could not be done at all: no room, a lock.</param>
public sealed record BackupDrillResult(DrillResult? Drill, string? Unproven, bool CouldNotRun)
{
    /// <summary>Nobody asked for a drill.</summary>
    public static BackupDrillResult None { get; } = new(null, null, false);
}

/// <summary>Whether a backup is drilled right afterwards.</summary>
public enum BackupDrillMode
{
    /// <summary>As the manifest says, within its budget.</summary>
    ByManifest,

    /// <summary>Within the manifest's budget, whether or not the manifest wants a drill after each backup.</summary>
    WithinBudget,

    /// <summary>However long it takes.</summary>
    Always,

    Never,
}

/// <summary>
/// Proves a backup right after it was made, as long as that fits the budget. The backup is made in any case: one that could not be drilled is
/// unproven and nothing worse.
/// </summary>
public sealed class BackupDrill(
    Repository repository, FilePath stateFolder, DrillOptions options, DrillDeclaration declaration, TimeProvider clock, OperationProgress progress)
{
    private const string Hint = "`holdfast drill` proves it later";

    /// <summary>Carries the drill out, for who enters it somewhere.</summary>
    public Func<Func<CancellationToken, Task<DrillResult>>, CancellationToken, Task<DrillResult>> Carrier { get; init; } = static (drill, token) => drill(token);

    /// <summary>Somebody asked for it: the caller, or the manifest.</summary>
    public static bool IsWanted(BackupDrillMode mode, DrillDeclaration declaration) =>
        mode != BackupDrillMode.Never && (mode != BackupDrillMode.ByManifest || declaration.AfterBackup);

    /// <exception cref="OperationCanceledException">Cancelled by the user, not by the budget.</exception>
    public async Task<BackupDrillResult> ExecuteAsync(BackupDrillMode mode, CancellationToken cancellationToken)
    {
        if (!IsWanted(mode, declaration)) return BackupDrillResult.None;
        var budget = mode == BackupDrillMode.Always ? Timeout.InfiniteTimeSpan : declaration.Budget;
        using var late = new CancellationTokenSource(budget, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var state = LocalState.Open(stateFolder);
            if (mode != BackupDrillMode.Always && Expected(state) is { } expected && expected > budget)
                return Unproven($"a drill is expected to take {HumanFormat.Duration(expected)}, longer than the budget of {HumanFormat.Duration(budget)}");
            var run = new DrillRun(repository, state, options, clock, progress);
            var result = await Carrier(run.ExecuteAsync, either.Token).ConfigureAwait(false);
            return new BackupDrillResult(result, null, false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Unproven($"the drill was ended after {HumanFormat.Duration(budget)}, its budget");
        }
        catch (HoldfastException error)
        {
            return new BackupDrillResult(null, $"the snapshot is made, but not proven: the drill could not be made: {error.Message}; {error.Hint ?? Hint}", true);
        }
    }

    private static BackupDrillResult Unproven(string why) => new(null, $"the snapshot is made, but not proven: {why}; {Hint}", false);

    private TimeSpan? Expected(LocalState state)
    {
        var book = new ProofStore(state).Load(repository.Config.Id, options.RepositoryLocation);
        return BudgetForecast.Expected(book.LastDrilled, (long?)options.Snapshot.Snapshot.Summary?.TotalBytesProcessed);
    }
}
