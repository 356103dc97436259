using System.Security.Cryptography;
using System.Text;
using Holdfast.Engine.Files;
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

    /// <summary>
    /// Gives the repository a new passphrase in the place of the one in use: first the new key, which is read back and opened; then its recovery
    /// sheet; then the old key goes. Killed or failing in between, both open, and doing it again goes on with the key that is there.
    /// </summary>
    /// <param name="next">The new passphrase.</param>
    /// <param name="sheet">The page to write; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HoldfastException">Locked; or as <see cref="KeyRing.ReplaceAsync"/> and <see cref="KeyRing.RetireAsync"/>; or the sheet cannot be written.</exception>
    public Task<ChangedPassphrase> ChangeAsync(Passphrase next, NewRecoverySheet? sheet, CancellationToken cancellationToken) => WithBytesAsync(
        next,
        bytes => Locked(exclusive: true).BeginAsync(
            async (held, token) =>
            {
                await held.ConfirmAsync(token).ConfigureAwait(false);
                var old = repository.Keys.InUse;
                var added = await repository.Keys.ReplaceAsync(bytes, New, clock, token).ConfigureAwait(false);
                if (sheet is not null) Write(sheet, next, added);
                held.ThrowIfLost();
                await repository.Keys.RetireAsync(added, bytes, token).ConfigureAwait(false);
                return new ChangedPassphrase(added, old, sheet?.Path);
            },
            cancellationToken));

    private NewKeyOptions New => new(identity, Cost);

    private LockedWork Locked(bool exclusive) => new(repository, exclusive, identity, clock, notice);

    private static async Task<T> WithBytesAsync<T>(Passphrase passphrase, Func<ReadOnlyMemory<byte>, Task<T>> work)
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

    private static void Write(NewRecoverySheet sheet, Passphrase passphrase, Id key)
    {
        try
        {
            AtomicFile.Write(sheet.Path, Encoding.UTF8.GetBytes(RecoverySheet.Write(sheet.Options, passphrase)));
        }
        catch (HoldfastException error)
        {
            throw new HoldfastException(
                error.Kind,
                $"the recovery sheet of the new passphrase cannot be written, so the old passphrase was kept and both open (the new one with key {key.Short}): {error.Message}",
                "remove the cause and do the same again",
                error);
        }
    }
}

/// <summary>What a change of the passphrase came to.</summary>
/// <param name="Key">The key of the new one.</param>
/// <param name="Removed">The key of the old one, which is gone.</param>
/// <param name="RecoverySheet">The page that was written; null for none.</param>
public sealed record ChangedPassphrase(Id Key, Id Removed, FilePath? RecoverySheet);
