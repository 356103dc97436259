using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Backups;

/// <summary>
/// The step that everything hangs on: the snapshot is written, and before and after it is looked whether anybody can have pruned meanwhile. A lock keeps
/// others from that, but anybody may remove locks, of this backup or of the prune that it should have waited for.
/// </summary>
/// <param name="repository">Where to.</param>
/// <param name="held">This backup's lock.</param>
/// <param name="index">What the snapshot relies on.</param>
/// <param name="notice">Told what could not be looked at.</param>
internal sealed class LastStep(Repository repository, RepositoryLock held, BlobIndex index, Action<string> notice)
{
    private const string Again = "see that nobody runs `unlock` while others work, then run the backup again: what is stored already is found again";

    /// <exception cref="HoldfastException">Failed: the lock is gone, or somebody has pruned. The message says whether the snapshot was written.</exception>
    internal async Task<Id> SaveAsync(Snapshot snapshot, CancellationToken cancellationToken)
    {
        await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        await RequireIndexAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var id = await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), cancellationToken).ConfigureAwait(false);
        try
        {
            await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.IsOfStorage)
        {
            notice($"whether the repository's lock was held to the end could not be seen ({error.Message}); if somebody may have removed it, run `holdfast check`");
        }
        catch (HoldfastException error)
        {
            throw new HoldfastException(
                error.Kind,
                $"snapshot {id.Short} is stored, but parts of it may be missing: {error.Message}",
                $"`holdfast check` tells whether it is whole; {Again}",
                error);
        }

        return id;
    }

    /// <summary>Only who has the repository for himself removes index files: when one is gone, packs of it may be, too, and what they hold was not stored again.</summary>
    private async Task RequireIndexAsync(CancellationToken cancellationToken)
    {
        var there = (await repository.ListAsync(FileType.Index, cancellationToken).ConfigureAwait(false)).Select(file => file.Handle.Id).ToHashSet();
        foreach (var file in index.Files.Where(file => !there.Contains(file)))
        {
            // Lists of some services are behind.
            if (await repository.Backend.StatAsync(new FileHandle(FileType.Index, file), cancellationToken).ConfigureAwait(false) is not null) continue;
            throw new HoldfastException(
                FailureKind.Failed,
                "somebody has pruned or repaired the repository while this backup was under way, and may have removed what it relies on; no snapshot was written",
                Again);
        }
    }
}
