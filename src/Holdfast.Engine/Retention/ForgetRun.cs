using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>
/// Removes snapshots: their files, and the content only where a prune is asked for. Under an exclusive lock (section 9.4 of the format), one after the other, the
/// oldest first; whenever it ends, what is left is a repository in order, and the same command goes on.
/// </summary>
/// <param name="repository">Where.</param>
/// <param name="planner">What is kept and what goes.</param>
/// <param name="identity">Who locks it.</param>
/// <param name="clock">For the lock's age.</param>
/// <param name="progress">Shows the steps.</param>
/// <param name="notice">Told what the user should know, one sentence each.</param>
public sealed class ForgetRun(
    Repository repository, Func<SnapshotListing, ForgetPlan> planner, ClientIdentity identity, TimeProvider clock, OperationProgress progress, Action<string> notice)
{
    /// <summary>How long to wait for a lock of somebody else.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Frees the room of what was removed, under the same lock; null leaves it to another run.</summary>
    public PruneJob? Prune { get; init; }

    /// <summary>What would be done. Takes no lock and writes nothing.</summary>
    /// <exception cref="HoldfastException">What the planner refuses.</exception>
    public async Task<ForgetPlan> PlanAsync(CancellationToken cancellationToken)
    {
        progress.Begin("reading snapshots");
        return planner(await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false));
    }

    /// <param name="shown">The plan that a person has agreed to: nothing else is removed, whatever has changed since. Null for whatever is planned now.</param>
    /// <param name="cancellationToken">Ends it between two snapshots.</param>
    /// <exception cref="HoldfastException">Locked: another process works on the repository. What the planner refuses. Nothing could be removed.</exception>
    public async Task<ForgetResult> ExecuteAsync(ForgetPlan? shown, CancellationToken cancellationToken)
    {
        progress.Begin("locking the repository");
        var locked = new LockedWork(repository, exclusive: true, identity, clock, notice) { Wait = Wait };
        return await locked.BeginAsync(
            async (held, token) =>
            {
                var result = await RemoveAsync(held, shown, token).ConfigureAwait(false);
                return await PruneAsync(held, result, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Also where nothing was removed: an earlier run may have ended in between.</summary>
    private async Task<ForgetResult> PruneAsync(RepositoryLock held, ForgetResult result, CancellationToken cancellationToken)
    {
        if (Prune is null || result.Failure is not null) return result;
        try
        {
            var (plan, pruned) = await Prune.ExecuteAsync(held, cancellationToken).ConfigureAwait(false);
            return result with { Pruned = new PruneOutcome(plan, pruned) };
        }
        catch (HoldfastException error) when (result.Removed.Count > 0)
        {
            // What was removed must be told all the same.
            return result with { Failure = error };
        }
    }

    private async Task<ForgetResult> RemoveAsync(RepositoryLock held, ForgetPlan? shown, CancellationToken cancellationToken)
    {
        var confirmed = held.ConfirmAsync(cancellationToken);
        var plan = await PlanAsync(cancellationToken).ConfigureAwait(false);
        await confirmed.ConfigureAwait(false);
        var agreed = shown?.Removals.Select(stored => stored.Id).ToHashSet();
        var removals = plan.Removals.Where(stored => agreed?.Contains(stored.Id) != false).ToList();
        if (agreed is not null && (removals.Count != agreed.Count || removals.Count != plan.Removals.Count))
            notice("the repository has changed since the plan was shown: only what stood in it and is still to go is removed");
        if (removals.Count > 0) await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        progress.Begin("removing snapshots");
        var removed = new List<StoredSnapshot>(removals.Count);
        foreach (var stored in removals)
        {
            held.ThrowIfLost();
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await repository.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, stored.Id), cancellationToken).ConfigureAwait(false);
            }
            catch (HoldfastException error) when (removed.Count > 0)
            {
                return new ForgetResult(plan, removed, [.. removals.Skip(removed.Count).Select(left => left.Id)], error);
            }

            removed.Add(stored);
            progress.AddItem();
        }

        return new ForgetResult(plan, removed, [], null);
    }
}
