using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Keys;

/// <summary>Finds the key file that a passphrase opens (section 3.2).</summary>
internal static class KeySearch
{
    /// <summary>restic looks no further, in the order of listing.</summary>
    internal const int MaximumTried = 20;

    /// <exception cref="HoldfastException">
    /// WrongKey: the passphrase opens none. Damaged: it opens none of those that can be read, or there is none.
    /// </exception>
    internal static async Task<OpenedKey> FindAsync(IBackend backend, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        HoldfastException? damage = null;
        var tried = 0;
        await foreach (var file in backend.ListAsync(FileType.Key, cancellationToken).ConfigureAwait(false))
        {
            if (tried++ == MaximumTried) break;
            try
            {
                var key = await LoadAsync(backend, file.Handle, cancellationToken).ConfigureAwait(false);
                if (key.TryUnwrap(passphrase.Span) is { } master) return new OpenedKey(file.Handle.Id, master);
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
            {
                // Another key file may still open; the damage is told when none does.
                damage = error;
            }
        }

        if (damage is not null)
            throw new HoldfastException(FailureKind.Damaged, $"no key could be opened, and one is damaged: {damage.Message}", null, damage);
        throw tried == 0 ? None(backend) : Wrong(backend);
    }

    /// <exception cref="HoldfastException">Damaged: not the key file that its name says. NotFound, or as the backend says.</exception>
    internal static async Task<KeyFile> LoadAsync(IBackend backend, FileHandle handle, CancellationToken cancellationToken)
    {
        var content = await backend.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        return Id.Of(content) == handle.Id
            ? KeyFile.Parse(content)
            : throw new HoldfastException(FailureKind.Damaged, $"{handle} is damaged: its content does not match its name");
    }

    private static HoldfastException None(IBackend backend) => new(
        FailureKind.Damaged,
        $"the repository at {backend.Location} has no key file: it cannot be opened by anyone",
        "restore its keys/ folder from a copy");

    private static HoldfastException Wrong(IBackend backend) => new(
        FailureKind.WrongKey,
        $"the passphrase opens none of the keys of the repository at {backend.Location}",
        "check where the passphrase comes from");
}

/// <summary>A key file that a passphrase has opened.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Master">What was in it; whoever opened it disposes it.</param>
internal sealed record OpenedKey(Id Id, MasterKey Master);
