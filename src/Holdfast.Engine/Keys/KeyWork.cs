using System.Security.Cryptography;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;

namespace Holdfast.Engine.Keys;

/// <summary>Work on the keys of a repository, each under the lock that restic takes for it (section 9.4).</summary>
/// <param name="repository">Opened with one of them.</param>
/// <param name="identity">Who does it; stands in new keys.</param>
/// <param name="clock">For the dates of keys.</param>
/// <param name="notice">Told when the lock's file is left behind.</param>
public sealed class KeyWork(Repository repository, ClientIdentity identity, TimeProvider clock, Action<string> notice)
{
    /// <summary>What guessing a passphrase costs. A cheap one is for tests.</summary>
    public ScryptParameters Cost { get; init; } = ScryptParameters.Default;

    public Task<KeyListing> ListAsync(CancellationToken cancellationToken) =>
        Locked(exclusive: false).RunAsync(repository.Keys.ListAsync, cancellationToken);

    /// <inheritdoc cref="KeyRing.AddAsync"/>
    public Task<Id> AddAsync(Passphrase passphrase, CancellationToken cancellationToken) => WithBytesAsync(
        passphrase,
        bytes => Locked(exclusive: false).RunAsync(token => repository.Keys.AddAsync(bytes, New, clock, token), cancellationToken));

    /// <summary>Removes another key than the one in use.</summary>
    /// <inheritdoc cref="KeyRing.RemoveAsync"/>
    public Task<StoredKey?> RemoveAsync(Id key, CancellationToken cancellationToken) => Locked(exclusive: true).RunAsync(
        async token =>
        {
            var listing = await repository.Keys.ListAsync(token).ConfigureAwait(false);
            await repository.Keys.RemoveAsync(key, token).ConfigureAwait(false);
            return listing.Readable.FirstOrDefault(one => one.Id == key);
        },
        cancellationToken);

    private NewKeyOptions New => new(identity, Cost);

    private LockedWork Locked(bool exclusive) => new(repository, exclusive, identity, clock, notice);

    internal static async Task<T> WithBytesAsync<T>(Passphrase passphrase, Func<ReadOnlyMemory<byte>, Task<T>> work)
    {
        var bytes = passphrase.Bytes.ToArray();
        try
        {
            return await work(bytes).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
