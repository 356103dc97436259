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

/// <summary>
/// Gives every repository that one passphrase opens a new one in its place: first all get the new key, which is read back and opened; then the
/// recovery sheet is written; then the old keys go. Killed or failing in between, the old passphrase opens whatever the new one does not, and doing it
/// again goes on with what is there. Were one left out, nothing would open it any more once the new passphrase lies where the old one was.
/// </summary>
/// <param name="repositories">All that are meant; the one that is opened first by everybody stands first, and loses its old key last.</param>
/// <param name="identity">Who does it; stands in new keys.</param>
/// <param name="clock">For the dates of keys.</param>
/// <param name="notice">Told when a lock's file is left behind.</param>
public sealed class PassphraseChange(IReadOnlyList<RepositoryOfPassphrase> repositories, ClientIdentity identity, TimeProvider clock, Action<string> notice)
{
    /// <inheritdoc cref="KeyWork.Cost"/>
    public ScryptParameters Cost { get; init; } = ScryptParameters.Default;

    /// <param name="next">The new passphrase.</param>
    /// <param name="sheet">The page to write; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>In the order of the repositories.</returns>
    /// <exception cref="HoldfastException">Locked; or as <see cref="KeyRing.ReplaceAsync"/> and <see cref="KeyRing.RetireAsync"/>; or the sheet cannot be written.</exception>
    public Task<IReadOnlyList<ChangedPassphrase>> ExecuteAsync(Passphrase next, NewRecoverySheet? sheet, CancellationToken cancellationToken) =>
        KeyWork.WithBytesAsync(next, bytes => LockAsync([], held => ChangeAsync(held, next, bytes, sheet, held[^1].Token), cancellationToken));

    /// <summary>All of them at the same time: where one is in use, nothing is changed anywhere.</summary>
    private async Task<T> LockAsync<T>(IReadOnlyList<Held> held, Func<IReadOnlyList<Held>, Task<T>> work, CancellationToken cancellationToken)
    {
        if (held.Count == repositories.Count) return await work(held).ConfigureAwait(false);
        var next = repositories[held.Count];
        try
        {
            return await new LockedWork(next.Repository, exclusive: true, identity, clock, notice).BeginAsync(
                async (one, token) =>
                {
                    await NamingAsync(next, () => one.ConfirmAsync(token)).ConfigureAwait(false);
                    return await LockAsync([.. held, new Held(one, token)], work, token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error is { Kind: FailureKind.Locked, InnerException: not HoldfastException } && repositories.Count > 1)
        {
            throw Named(next, error);
        }
    }

    private async Task<IReadOnlyList<ChangedPassphrase>> ChangeAsync(
        IReadOnlyList<Held> held, Passphrase next, ReadOnlyMemory<byte> bytes, NewRecoverySheet? sheet, CancellationToken cancellationToken)
    {
        var changed = new List<ChangedPassphrase>();
        foreach (var one in repositories)
        {
            var keys = one.Repository.Keys;
            if (one.IsChanged) changed.Add(new ChangedPassphrase(keys.InUse, null, sheet?.Path));
            else await NamingAsync(one, async () => changed.Add(new ChangedPassphrase(await AddAsync(keys, bytes, cancellationToken).ConfigureAwait(false), keys.InUse, sheet?.Path))).ConfigureAwait(false);
        }

        if (sheet is not null) Write(sheet, next, changed[0].Key);
        for (var index = 0; index < held.Count; index++)
            await NamingAsync(repositories[index], () => held[index].Lock.RequireHeldAsync(cancellationToken)).ConfigureAwait(false);
        await RetireAsync(changed, bytes, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    private Task<Id> AddAsync(KeyRing keys, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        keys.ReplaceAsync(bytes, new NewKeyOptions(identity, Cost), clock, cancellationToken);

    /// <summary>One whose old key stays does not keep the others from losing theirs: the new passphrase opens them all.</summary>
    private async Task RetireAsync(List<ChangedPassphrase> changed, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var failures = new List<HoldfastException>();
        for (var index = changed.Count - 1; index >= 0; index--)
        {
            var one = repositories[index];
            if (one.IsChanged) continue;
            try
            {
                await NamingAsync(one, () => one.Repository.Keys.RetireAsync(changed[index].Key, bytes, cancellationToken)).ConfigureAwait(false);
            }
            catch (HoldfastException error) when (error.Kind != FailureKind.Interrupted)
            {
                failures.Add(error);
            }
        }

        if (failures.Count == 1) throw failures[0];
        if (failures.Count > 1) throw new HoldfastException(failures[0].Kind, string.Join("; ", failures.Select(error => error.Message)), failures[0].Hint, failures[0]);
    }

    private async Task NamingAsync(RepositoryOfPassphrase one, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (HoldfastException error) when (repositories.Count > 1)
        {
            throw Named(one, error);
        }
    }

    private static HoldfastException Named(RepositoryOfPassphrase one, HoldfastException error) => new(
        error.Kind, $"the repository {one.Name}: {error.Message}", error.Hint is { } hint ? $"{hint} (of that repository: --repository {one.Name})" : null, error);

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

    private sealed record Held(RepositoryLock Lock, CancellationToken Token);
}

/// <summary>A repository that the passphrase in question opens.</summary>
/// <param name="Name">As the manifest calls it, else where it is.</param>
/// <param name="Repository">Opened.</param>
/// <param name="IsChanged">Opened with the new passphrase, because an interrupted change has come so far that the old one does not open it any more.</param>
public sealed record RepositoryOfPassphrase(string Name, Repository Repository, bool IsChanged = false);

/// <summary>What a change of the passphrase came to.</summary>
/// <param name="Key">The key of the new one.</param>
/// <param name="Removed">The key of the old one, which is gone; null when it was gone before.</param>
/// <param name="RecoverySheet">The page that was written; null for none.</param>
public sealed record ChangedPassphrase(Id Key, Id? Removed, FilePath? RecoverySheet);
