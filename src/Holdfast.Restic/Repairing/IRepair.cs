using Holdfast.Restic.Locks;

namespace Holdfast.Restic.Repairing;

/// <summary>A repair in two steps: a plan that changes nothing, and its execution. Both under the same exclusive lock.</summary>
/// <typeparam name="TPlan">What will be done.</typeparam>
/// <typeparam name="TResult">What was done.</typeparam>
public interface IRepair<TPlan, TResult>
{
    /// <summary>Finds out what is to be done. Changes nothing.</summary>
    Task<TPlan> PlanAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Does what the plan says, in an order that may be cut off anywhere: what is new is durable before what is old goes (section 9.5), and
    /// the next run goes on from there.
    /// </summary>
    /// <param name="plan">Made since the lock was taken.</param>
    /// <param name="held">The lock; asked before anything is removed.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    Task<TResult> ExecuteAsync(TPlan plan, RepositoryLock held, CancellationToken cancellationToken);
}
