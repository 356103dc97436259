using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;

namespace Holdfast.Restic.Locks;

/// <summary>
/// Work that is done under a lock on a repository, and stopped when the lock is lost. What the work returns or throws is what comes out
/// of it: a lock whose file cannot be removed afterwards is a notice, because what was done is done, durably, and the lock blocks only
/// exclusive work.
/// </summary>
/// <param name="repository">What is locked.</param>
/// <param name="exclusive">Nobody else may work on it.</param>
/// <param name="owner">Who says so.</param>
/// <param name="clock">For the lock's age.</param>
/// <param name="notice">Called after the work when the lock's file is left behind, with a sentence that says what to do.</param>
public sealed class LockedWork(Repository repository, bool exclusive, ClientIdentity owner, TimeProvider clock, Action<string> notice)
{
    // As often as costs a server little; in steps, because most locks are held for seconds.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait for a lock of somebody else that excludes this one. A stale one is not waited for: nobody will remove it.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Takes the lock, waits until it is sure, works, and releases it.</summary>
    /// <inheritdoc cref="BeginAsync"/>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) => BeginAsync(
        async (held, token) =>
        {
            await held.ConfirmAsync(token).ConfigureAwait(false);
            return await work(token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>As <see cref="RunAsync"/>, but the work begins at once, only reads at first, and confirms the lock itself.</summary>
    /// <exception cref="HoldfastException">
    /// Locked: another process holds a lock that excludes this one. Failed: the lock was lost. Or what the work throws.
    /// </exception>
    public async Task<T> BeginAsync<T>(Func<RepositoryLock, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var held = await TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunAsync(held, work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await held.DisposeAsync().ConfigureAwait(false);
            if (held.ReleaseFailure is { } failure)
                notice(Left(failure));
        }
    }

    /// <summary>
    /// What had to wait once confirms the lock before the work begins: whoever waited for the same lock takes it at the same moment, and one of
    /// both has to wait on.
    /// </summary>
    private async Task<RepositoryLock> TakeAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            try
            {
                return pause == FirstPause
                    ? await RepositoryLock.BeginAsync(repository, exclusive, owner, clock, cancellationToken).ConfigureAwait(false)
                    : await RepositoryLock.AcquireAsync(repository, exclusive, owner, clock, cancellationToken).ConfigureAwait(false);
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Locked && error.IsTransient && clock.GetElapsedTime(begun) + pause <= Wait)
            {
                // Not all at the same moment.
                await Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 2)), clock, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private static string Left(Exception failure) => failure is HoldfastException { Kind: FailureKind.Refused }
        ? $"the repository's lock stays, because the storage allows nothing to be removed from here ({failure.Message}); it blocks only forget and prune, where they are allowed: run `holdfast unlock` there"
        : $"the repository's lock could not be removed ({failure.Message}); remove it with `holdfast unlock`";

    private static async Task<T> RunAsync<T>(
        RepositoryLock held, Func<RepositoryLock, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, held.Lost);
        try
        {
            return await work(held, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
            when (held.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw held.Loss(error);
        }
    }
}
