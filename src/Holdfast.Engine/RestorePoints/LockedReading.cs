using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Work that reads a repository: locked, so that nobody prunes it meanwhile, and with its index loaded.</summary>
/// <param name="repository">What is read.</param>
/// <param name="identity">Who holds the lock; null leaves the repository unlocked, for one that cannot be written to.</param>
/// <param name="clock">For the lock.</param>
/// <param name="notice">Called after the work when the lock is left behind.</param>
internal sealed class LockedReading(Repository repository, ClientIdentity? identity, TimeProvider clock, Action<string> notice)
{
    /// <exception cref="HoldfastException">
    /// Locked: someone works on it alone. Damaged: an index. Failed: the lock was lost. Or what the work throws.
    /// </exception>
    internal async Task<T> RunAsync<T>(Func<BlobReader, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (identity is null)
            return await work(await ReaderAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return await new LockedWork(repository, exclusive: false, identity, clock, notice).BeginAsync(
            async (held, token) =>
            {
                var reader = await ReaderAsync(token).ConfigureAwait(false);
                await held.ConfirmAsync(token).ConfigureAwait(false);
                return await work(reader, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<BlobReader> ReaderAsync(CancellationToken cancellationToken) =>
        new(repository, await repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false));
}
