using System.Security.Cryptography;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Keys;

/// <summary>
/// The keys of an open repository: each holds the same master key under another passphrase (section 3.2). At no instant is there none that
/// opens: one is removed only while another, which was read back from the storage and opened, is there.
/// </summary>
public sealed class KeyRing
{
    private readonly IBackend _backend;
    private readonly MasterKey _master;

    internal KeyRing(IBackend backend, MasterKey master, Id inUse)
    {
        _backend = backend;
        _master = master;
        InUse = inUse;
    }

    /// <summary>The key that this process has opened the repository with.</summary>
    public Id InUse { get; }

    /// <summary>Every key. One that vanishes meanwhile counts as removed.</summary>
    public async Task<KeyListing> ListAsync(CancellationToken cancellationToken)
    {
        var readable = new List<StoredKey>();
        var damaged = new List<DamagedKey>();
        foreach (var id in await NamesAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var file = await KeySearch.LoadAsync(_backend, Handle(id), cancellationToken).ConfigureAwait(false);
                readable.Add(new StoredKey(id, Timestamp.TryParse(file.Created, out var created) ? created : null, file.Username, file.Hostname, id == InUse));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                // Removed by another process between the listing and the reading.
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
            {
                damaged.Add(new DamagedKey(id, error.Message));
            }
        }

        return new KeyListing([.. readable.OrderBy(key => key.Created).ThenBy(key => key.Id)], [.. damaged.OrderBy(key => key.Id)]);
    }

    /// <summary>Adds a key and makes sure that it opens; durable then.</summary>
    /// <param name="passphrase">Of the new key.</param>
    /// <param name="options">Who makes it, and how.</param>
    /// <param name="clock">For its date.</param>
    /// <param name="cancellationToken">Ends it; a key that was written then stays and opens.</param>
    /// <returns>Its ID.</returns>
    /// <exception cref="HoldfastException">
    /// Usage: a key opens with this passphrase already, or there are as many as anybody tries. Damaged: what was read back is not what was
    /// written. Or as the backend says.
    /// </exception>
    public async Task<Id> AddAsync(ReadOnlyMemory<byte> passphrase, NewKeyOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await FindAsync(passphrase, cancellationToken).ConfigureAwait(false) is { } there)
            throw new HoldfastException(FailureKind.Usage, $"this passphrase opens the repository already, with key {there.Short}", "choose another one");
        return await WriteAsync(passphrase, options, clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The key of the passphrase that is to take the place of the one in use: added and read back, or the one that an interrupted attempt has
    /// left. <see cref="RetireAsync"/> is the second half.
    /// </summary>
    /// <inheritdoc cref="AddAsync"/>
    public async Task<Id> ReplaceAsync(ReadOnlyMemory<byte> passphrase, NewKeyOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var there = await FindAsync(passphrase, cancellationToken).ConfigureAwait(false);
        if (there == InUse) throw new HoldfastException(FailureKind.Usage, "the new passphrase is the old one; nothing was changed", "choose another one");
        return there ?? await WriteAsync(passphrase, options, clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the key in use, after another one was seen to open.</summary>
    /// <param name="successor">The key that stays.</param>
    /// <param name="passphrase">Opens it.</param>
    /// <param name="cancellationToken">Before the removal: ends it, and both open.</param>
    /// <exception cref="HoldfastException">Whatever kept the old key from being removed; both open then, and the message says so.</exception>
    public async Task RetireAsync(Id successor, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        try
        {
            if (successor == InUse || !await OpensAsync(successor, passphrase, cancellationToken).ConfigureAwait(false))
                throw new HoldfastException(FailureKind.Failed, $"key {successor.Short} does not open with the new passphrase");
            await _backend.DeleteAsync(Handle(InUse), cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error)
        {
            throw new HoldfastException(
                error.Kind,
                $"the new passphrase opens the repository with key {successor.Short}, but the old key {InUse.Short} could not be removed, so that both open: {error.Message}",
                $"use the new passphrase from now on, and remove the old key with it: `holdfast keys remove {InUse.Short}`",
                error);
        }
    }

    /// <summary>Removes a key. The caller holds an exclusive lock.</summary>
    /// <exception cref="HoldfastException">Usage: it is the one in use, or the last one that opens. NotFound: there is none. Or as the backend says.</exception>
    public async Task RemoveAsync(Id id, CancellationToken cancellationToken)
    {
        if (id == InUse)
            throw new HoldfastException(FailureKind.Usage, $"key {id.Short} is the one in use", "open the repository with another passphrase to remove it; `holdfast keys passwd` changes a passphrase");
        var names = await NamesAsync(cancellationToken).ConfigureAwait(false);
        if (!names.Contains(id)) throw new HoldfastException(FailureKind.NotFound, $"there is no key {id.Short}", "`holdfast keys list` shows the keys there are");
        // Somebody may have removed or damaged it since this process has opened it.
        if (!names.Contains(InUse))
            throw new HoldfastException(FailureKind.Usage, $"key {InUse.Short}, with which the repository was opened, is not there any more: {id.Short} may be the last one that opens", "nothing was removed");
        await KeySearch.LoadAsync(_backend, Handle(InUse), cancellationToken).ConfigureAwait(false);
        await _backend.DeleteAsync(Handle(id), cancellationToken).ConfigureAwait(false);
    }

    private static FileHandle Handle(Id id) => new(FileType.Key, id);

    private async Task<List<Id>> NamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<Id>();
        await foreach (var file in _backend.ListAsync(FileType.Key, cancellationToken).ConfigureAwait(false)) names.Add(file.Handle.Id);
        return names;
    }

    /// <summary>The key that a passphrase opens, the one in use first; null for none.</summary>
    private async Task<Id?> FindAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        foreach (var id in (await NamesAsync(cancellationToken).ConfigureAwait(false)).OrderBy(id => id != InUse))
        {
            try
            {
                if (await OpensAsync(id, passphrase, cancellationToken).ConfigureAwait(false)) return id;
            }
            catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
            {
                // What cannot be opened is not the one that is looked for; `keys list` names it.
            }
        }

        return null;
    }

    private async Task<Id> WriteAsync(ReadOnlyMemory<byte> passphrase, NewKeyOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if ((await NamesAsync(cancellationToken).ConfigureAwait(false)).Count >= KeySearch.MaximumTried)
            throw new HoldfastException(FailureKind.Usage, $"the repository has {KeySearch.MaximumTried} keys, and more are tried by nobody", "remove one first: `holdfast keys list`, `holdfast keys remove ID`");
        var now = Timestamp.FromDateTimeOffset(clock.GetLocalNow());
        var content = KeyFile.Wrap(_master, passphrase.Span, options.Cost, now, options.Creator.UserName, options.Creator.HostName).Serialize();
        var id = Id.Of(content);
        await _backend.WriteAsync(Handle(id), content, cancellationToken).ConfigureAwait(false);
        return await OpensAsync(id, passphrase, cancellationToken).ConfigureAwait(false)
            ? id
            : throw new HoldfastException(FailureKind.Damaged, $"key {id.Short} was written and does not open; the others are as they were", $"remove it: `holdfast keys remove {id.Short}`");
    }

    /// <summary>Reads a key from the storage and compares what it opens to with what is known.</summary>
    private async Task<bool> OpensAsync(Id id, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        var file = await KeySearch.LoadAsync(_backend, Handle(id), cancellationToken).ConfigureAwait(false);
        using var found = file.TryUnwrap(passphrase.Span);
        return found is not null
            && CryptographicOperations.FixedTimeEquals(found.Encrypt, _master.Encrypt)
            && CryptographicOperations.FixedTimeEquals(found.MacK, _master.MacK);
    }
}

/// <summary>How a new key is made.</summary>
/// <param name="Creator">Stands in it, for people.</param>
/// <param name="Cost">Of guessing the passphrase.</param>
public sealed record NewKeyOptions(ClientIdentity Creator, ScryptParameters Cost);
