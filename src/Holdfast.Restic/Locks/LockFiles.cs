using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Locks;

/// <summary>Lists and removes the locks of a repository.</summary>
public static class LockFiles
{
    private static readonly TimeSpan[] RereadAfter =
        [TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)];

    /// <summary>All locks that can be read. Empty files, and files that vanish meanwhile, are none.</summary>
    /// <exception cref="HoldfastException">Locked: a lock cannot be read even after waiting; it might be held.</exception>
    public static async Task<IReadOnlyList<LockEntry>> ListAsync(
        Repository repository, TimeProvider clock, CancellationToken cancellationToken)
    {
        var locks = new List<LockEntry>();
        foreach (var file in await repository.ListAsync(FileType.Lock, cancellationToken).ConfigureAwait(false))
        {
            if (file.Size == 0) continue;
            if (await LoadAsync(repository, file.Handle, clock, cancellationToken).ConfigureAwait(false) is { } entry) locks.Add(entry);
        }

        return locks;
    }

    /// <summary>
    /// Removes stale locks, or all of them. Those that cannot be read are removed with all others only, because they might be held; of
    /// them only the number is known. Empty files are nobody's lock and are left alone unless all are removed.
    /// </summary>
    public static async Task<UnlockResult> RemoveAsync(
        Repository repository, bool all, string hostName, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (removed, kept, unreadable) = (new List<LockEntry>(), new List<LockEntry>(), 0);
        foreach (var file in await repository.ListAsync(FileType.Lock, cancellationToken).ConfigureAwait(false))
        {
            if (file.Size == 0 && !all) continue;
            var (found, entry) = await TryLoadAsync(repository, file.Handle, cancellationToken).ConfigureAwait(false);
            if (!found) continue;
            var removes = all || entry?.IsStale(clock.GetUtcNow(), hostName) == true;
            if (removes) await repository.Backend.DeleteAsync(file.Handle, cancellationToken).ConfigureAwait(false);
            if (entry is null) unreadable++;
            else (removes ? removed : kept).Add(entry);
        }

        return new UnlockResult(removed, kept, all ? unreadable : 0, all ? 0 : unreadable);
    }

    private static async Task<LockEntry?> LoadAsync(
        Repository repository, FileHandle handle, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return LockDocument.Parse(handle.Id, await repository.LoadDocumentAsync(handle, cancellationToken).ConfigureAwait(false));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                return null;
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
            {
                // Some backends show a file while it is being written.
                if (attempt == RereadAfter.Length)
                {
                    throw new HoldfastException(
                        FailureKind.Locked, $"{handle} cannot be read, so it is unknown who holds it: {error.Message}",
                        "if nothing works on the repository, remove it with `holdfast unlock --remove-all`", error);
                }

                await Task.Delay(RereadAfter[attempt], clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the file is still there, and the lock in it if it can be read.</summary>
    private static async Task<(bool Found, LockEntry? Entry)> TryLoadAsync(
        Repository repository, FileHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            var json = await repository.LoadDocumentAsync(handle, cancellationToken).ConfigureAwait(false);
            return (true, LockDocument.Parse(handle.Id, json));
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.NotFound)
        {
            return (false, null);
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            return (true, null);
        }
    }
}
