using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Drills;

/// <summary>What drilling all unproven snapshots came to.</summary>
/// <param name="Drilled">Each with its result, in the order of the drills.</param>
/// <param name="Left">Those for which there was no time.</param>
/// <param name="PassedOver">Those that no drill could prove: see <see cref="ProofBook.MayBeProven"/>.</param>
public sealed record UnprovenDrillsResult(
    IReadOnlyList<(StoredSnapshot Snapshot, DrillResult Result)> Drilled, IReadOnlyList<StoredSnapshot> Left, IReadOnlyList<StoredSnapshot> PassedOver)
{
    /// <summary>Every one that was drilled is proven.</summary>
    public bool AllProven => Drilled.All(drill => drill.Result.Proven);
}

/// <summary>Drills one snapshot after another, and begins none when the time is up.</summary>
/// <param name="book">What is known already.</param>
/// <param name="drill">Drills one.</param>
/// <param name="clock">The clock of the budget.</param>
public sealed class UnprovenDrills(ProofBook book, Func<StoredSnapshot, CancellationToken, Task<DrillResult>> drill, TimeProvider clock)
{
    /// <param name="snapshots">Those to drill, in this order: see <see cref="ProofBook.Unproven"/>.</param>
    /// <param name="budget">After this time no other drill is begun (the first always is); null for any time.</param>
    /// <param name="cancellationToken">Ends the drill that runs; what was drilled before is remembered.</param>
    /// <exception cref="HoldfastException">As <see cref="DrillRun.ExecuteAsync"/>: a drill could not be made.</exception>
    public async Task<UnprovenDrillsResult> ExecuteAsync(
        IReadOnlyList<StoredSnapshot> snapshots, TimeSpan? budget, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var drilled = new List<(StoredSnapshot, DrillResult)>();
        var hopeful = snapshots.Where(book.MayBeProven).ToList();
        foreach (var stored in hopeful)
        {
            // The first is always begun: a budget that was over before it would never prove anything, however often it is run.
            if (drilled.Count > 0 && budget is { } most && clock.GetElapsedTime(started) >= most) break;
            drilled.Add((stored, await drill(stored, cancellationToken).ConfigureAwait(false)));
        }

        return new UnprovenDrillsResult(drilled, [.. hopeful.Skip(drilled.Count)], [.. snapshots.Except(hopeful)]);
    }
}
