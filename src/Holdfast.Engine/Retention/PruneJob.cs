using System.Collections.Frozen;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Pruning;

namespace Holdfast.Engine.Retention;

/// <summary>Frees the room of what no snapshot needs any more; plan and execution under one exclusive lock, entered into the journal.</summary>
public sealed class PruneJob(Repository repository, PruneJobOptions options, TimeProvider clock, OperationProgress progress)
{
    // A full index file and what a file system needs besides; the rest is what is copied.
    private const long Margin = 32 << 20;

    /// <summary>What would be done. Nothing is changed, but the lock keeps others away for the time it takes.</summary>
    /// <exception cref="HoldfastException">As <see cref="PrunePlanner.PlanAsync"/>. Locked: somebody works on the repository.</exception>
    public Task<PrunePlan> PlanAsync(CancellationToken cancellationToken) => PlanWithoutAsync(FrozenSet<Id>.Empty, cancellationToken);

    /// <summary>As <see cref="PlanAsync(CancellationToken)"/>, once these snapshots are gone.</summary>
    public Task<PrunePlan> PlanWithoutAsync(IReadOnlySet<Id> snapshots, CancellationToken cancellationToken) =>
        Locked().RunAsync(token => PlanAsync(Prune with { Forgotten = snapshots }, token), cancellationToken);

    /// <summary>Does it.</summary>
    /// <exception cref="HoldfastException">As <see cref="PlanAsync"/>. NoSpace: there is no room for the copies. Or as <see cref="PruneRun.ExecuteAsync"/>.</exception>
    public Task<(PrunePlan Plan, PruneResult Result)> ExecuteAsync(CancellationToken cancellationToken) => options.Scope.RunAsync(
        new OperationOrder(OperationKind.Prune, "free the room of what no snapshot needs", options.Request),
        locksApplication: false,
        (_, token) => Locked().BeginAsync(ExecuteAsync, token),
        outcome => new OperationOutcome(outcome.Result.Problems.Count > 0 ? OperationState.DoneInPart : OperationState.Done),
        progress,
        clock,
        cancellationToken);

    /// <summary>Does it as a part of other work.</summary>
    /// <param name="held">The exclusive lock on the repository.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <inheritdoc cref="ExecuteAsync(CancellationToken)"/>
    internal async Task<(PrunePlan Plan, PruneResult Result)> ExecuteAsync(RepositoryLock held, CancellationToken cancellationToken)
    {
        var prune = Prune;
        await held.ConfirmAsync(cancellationToken).ConfigureAwait(false);
        var plan = await PlanAsync(prune, cancellationToken).ConfigureAwait(false);
        RequireSpace(plan);
        var result = await new PruneRun(repository, plan, prune, held, clock).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return (plan, result);
    }

    private PruneOptions Prune => options.Prune with { StepBegins = progress.Begin, BytesDone = progress.AddBytes };

    private LockedWork Locked() => new(repository, exclusive: true, options.Identity, clock, options.Notice) { Wait = options.Wait };

    private async Task<PrunePlan> PlanAsync(PruneOptions prune, CancellationToken cancellationToken)
    {
        var plan = await new PrunePlanner(repository, prune).PlanAsync(cancellationToken).ConfigureAwait(false);
        if (!options.RemovesProven) RequireLastProven(plan);
        return plan;
    }

    /// <summary>
    /// What was proven last is what a user relies on. `forget` never takes it, so that where it is in no snapshot any more somebody else took it, or
    /// its snapshot is out of sight.
    /// </summary>
    private void RequireLastProven(PrunePlan plan)
    {
        var last = options.Proofs.Drills.LastOrDefault(drill => drill is { Proven: true, Tree: { } tree } && plan.Has(TreeOf(tree)));
        if (last?.Tree is not { } content || !plan.Loses(TreeOf(content))) return;
        throw new HoldfastException(
            FailureKind.Failed,
            $"what was proven last here (on {HumanFormat.Time(last.At, clock.LocalTimeZone)}, as snapshot {last.Snapshot.Short}) is in no snapshot any more and would be removed; nothing was removed",
            "bring its snapshot back, or prove another one with `holdfast drill`; to remove it all the same, give --remove-proven");
    }

    private static BlobHandle TreeOf(Id tree) => new(BlobType.Tree, tree);

    /// <summary>The copies are written before the old packs go. What no index lists goes first and makes room for them.</summary>
    private void RequireSpace(PrunePlan plan)
    {
        if (options.Folder is not { } folder || plan.Repack.Count == 0) return;
        var free = (long)Math.Min(FreeSpace.At(folder), long.MaxValue) + plan.UnlistedBytes;
        var needed = plan.CopiedBytes + Margin;
        if (needed <= free) return;
        throw new HoldfastException(
            FailureKind.NoSpace,
            $"pruning needs {HumanFormat.Size(needed)} for copies before it can free {HumanFormat.Size(plan.FreedBytes)}; {HumanFormat.Size(free)} are free",
            "free some space, or go in steps: `holdfast prune --max-repack-size 500M`; with --max-repack-size 0 only whole packs are removed, which needs no room");
    }
}

/// <summary>Where and how to prune.</summary>
public sealed record PruneJobOptions
{
    public required PruneOptions Prune { get; init; }

    public required OperationScope Scope { get; init; }

    /// <summary>What was asked for, as the journal keeps it to do it again; null where nobody can.</summary>
    public string? Request { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>What this machine knows to be proven.</summary>
    public ProofBook Proofs { get; init; } = ProofBook.Empty;

    /// <summary>Removes also what was proven last, when no snapshot has it any more.</summary>
    public bool RemovesProven { get; init; }

    /// <summary>How long to wait for a lock of somebody else.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>The repository's folder, when it is one on this machine.</summary>
    public FilePath? Folder { get; init; }

    /// <summary>Told when the lock's file is left behind.</summary>
    public required Action<string> Notice { get; init; }
}
