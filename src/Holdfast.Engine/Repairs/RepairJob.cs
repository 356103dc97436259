using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Repairing;

namespace Holdfast.Engine.Repairs;

/// <summary>Repairs a part of a repository; plan and execution under one exclusive lock, entered into the journal.</summary>
/// <typeparam name="TPlan">What will be done.</typeparam>
/// <typeparam name="TResult">What was done.</typeparam>
/// <param name="repository">The repository.</param>
/// <param name="repair">Made with options that report to <paramref name="progress"/>.</param>
/// <param name="options">Where and for whom.</param>
/// <param name="clock">For the lock and the journal.</param>
/// <param name="progress">Shows the steps.</param>
public sealed class RepairJob<TPlan, TResult>(
    Repository repository, IRepair<TPlan, TResult> repair, RepairJobOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>What would be done. Nothing is changed, but the lock keeps others away for the time it takes.</summary>
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">As the repair says. Locked: somebody works on the repository.</exception>
    public Task<TPlan> PlanAsync(CancellationToken cancellationToken) => Locked().RunAsync(repair.PlanAsync, cancellationToken);

    /// <summary>Does it.</summary>
    /// <param name="planned">Shown the plan before anything is changed.</param>
    /// <param name="isWhole">Nothing is left that a person has to know of.</param>
    /// <param name="cancellationToken">Ends it; the next run goes on from there.</param>
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">As <see cref="PlanAsync"/>.</exception>
    public Task<(TPlan Plan, TResult Result)> ExecuteAsync(Action<TPlan> planned, Func<TPlan, TResult, bool> isWhole, CancellationToken cancellationToken) =>
        options.Scope.RunInAnyCaseAsync(
            new OperationOrder(OperationKind.Repair, options.Title, options.Request),
            token => RunAsync(planned, token),
            done => new OperationOutcome(isWhole(done.Plan, done.Result) ? OperationState.Done : OperationState.DoneInPart),
            progress,
            clock,
            cancellationToken);

    private LockedWork Locked() => new(repository, exclusive: true, options.Identity, clock, options.Notice);

    private Task<(TPlan Plan, TResult Result)> RunAsync(Action<TPlan> planned, CancellationToken cancellationToken) => Locked().BeginAsync(
        async (held, token) =>
        {
            await held.ConfirmAsync(token).ConfigureAwait(false);
            var plan = await repair.PlanAsync(token).ConfigureAwait(false);
            planned(plan);
            return (plan, await repair.ExecuteAsync(plan, held, token).ConfigureAwait(false));
        },
        cancellationToken);
}

/// <summary>Where and for whom to repair.</summary>
public sealed record RepairJobOptions
{
    /// <summary>One line for the journal.</summary>
    public required string Title { get; init; }

    public required OperationScope Scope { get; init; }

    /// <summary>What was asked for, as the journal keeps it to do it again; null where nobody can.</summary>
    public string? Request { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>Told when the lock's file is left behind.</summary>
    public required Action<string> Notice { get; init; }
}
