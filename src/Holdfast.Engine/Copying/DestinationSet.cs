using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Copying;

/// <summary>
/// The repositories of an application while one command works with them. Each is opened once, all at the same time; what is wrong with one is told,
/// remembered, and no reason to leave the others. Used by one thread at a time.
/// </summary>
/// <param name="all">In the order of the manifest.</param>
/// <param name="warn">Told at once what is wrong with one.</param>
public sealed class DestinationSet(IReadOnlyList<Destination> all, Action<string> warn) : IDisposable
{
    private readonly Dictionary<Destination, Repository> _open = [];
    private readonly List<DestinationFailure> _failures = [];

    public IReadOnlyList<Destination> All => all;

    /// <summary>Those that are open and not given up, in the order of the manifest.</summary>
    public IReadOnlyList<Destination> Usable => [.. all.Where(_open.ContainsKey).Where(one => FailureOf(one) is null)];

    public DestinationFailure? FailureOf(Destination destination) => _failures.Find(failure => failure.Destination == destination);

    public Repository this[Destination destination] => _open[destination];

    /// <summary>Opens those that can be opened.</summary>
    /// <exception cref="HoldfastException">None can; where there is only one, what is wrong with it.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var opened = await Task.WhenAll(all.Select(one => TryOpenAsync(one, cancellationToken))).ConfigureAwait(false);
        foreach (var (destination, repository, _) in opened)
        {
            if (repository is not null) _open.Add(destination, repository);
        }

        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (destination, _, error) in opened)
        {
            if (error is not null) Fail(destination, error);
        }

        if (Usable.Count == 0) throw NoneLeft();
    }

    /// <summary>Does work on the first that can be used, and where that one turns out to be locked, full or gone, on the next.</summary>
    /// <exception cref="HoldfastException">What the work throws for a reason of its own; or none is left.</exception>
    public async Task<T> OnFirstAsync<T>(Func<Destination, Repository, Task<T>> work)
    {
        while (Usable is [var first, ..])
        {
            try
            {
                return await work(first, _open[first]).ConfigureAwait(false);
            }
            catch (HoldfastException error) when (IsOfRepository(error) && all.Count > 1)
            {
                Fail(first, error);
            }
        }

        throw NoneLeft();
    }

    /// <summary>Looks at all that can be used, at the same time; one that fails is given up.</summary>
    /// <returns>In the order of the manifest.</returns>
    /// <exception cref="HoldfastException">All fail.</exception>
    public async Task<IReadOnlyList<(Destination Destination, T Result)>> OnEachAsync<T>(Func<Destination, Repository, Task<T>> look)
    {
        var looks = Usable.Select(one => (Destination: one, Task: look(one, _open[one]))).ToList();
        var results = new List<(Destination, T)>();
        foreach (var (destination, task) in looks)
        {
            try
            {
                results.Add((destination, await task.ConfigureAwait(false)));
            }
            catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
            {
                Fail(destination, error);
            }
        }

        return results.Count > 0 ? results : throw NoneLeft();
    }

    /// <summary>Gives one up for this command, and tells why.</summary>
    internal void Fail(Destination destination, HoldfastException error)
    {
        var failure = new DestinationFailure(destination, error);
        _failures.Add(failure);
        if (all.Count > 1) warn(failure.Describe());
    }

    public void Dispose()
    {
        foreach (var repository in _open.Values) repository.Dispose();
        _open.Clear();
    }

    /// <summary>Another repository may take what this one did not; what is wrong with the application itself is the same everywhere.</summary>
    private static bool IsOfRepository(HoldfastException error) => error.IsOfStorage
        || error.Kind is FailureKind.Locked or FailureKind.NoSpace or FailureKind.Damaged or FailureKind.NoRepository or FailureKind.WrongKey;

    private static async Task<(Destination Destination, Repository? Repository, HoldfastException? Error)> TryOpenAsync(Destination destination, CancellationToken cancellationToken)
    {
        try
        {
            return (destination, await destination.OpenAsync(cancellationToken).ConfigureAwait(false), null);
        }
        catch (HoldfastException error) when (error.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
        {
            return (destination, null, error);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Those that were opened meanwhile are closed with the set, which then ends, too.
            return (destination, null, null);
        }
    }

    private HoldfastException NoneLeft()
    {
        var first = _failures[0].Error;
        return _failures.Count == 1
            ? first
            : new HoldfastException(
                first.Kind,
                $"none of the {all.Count} repositories can be used: {string.Join("; ", _failures.Select(failure => $"{failure.Destination.Name}: {failure.Error.Message}"))}",
                first.Hint,
                first);
    }
}
