using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>Loads the snapshots of a repository.</summary>
public static class SnapshotFiles
{
    /// <summary>
    /// Every snapshot, oldest first; those that cannot be read, whatever is wrong with them, are named. One that vanishes meanwhile counts as removed
    /// when a second list does not have it any more either.
    /// </summary>
    /// <exception cref="HoldfastException">The storage cannot be listed, or is unavailable.</exception>
    public static Task<SnapshotListing> LoadAllAsync(Repository repository, CancellationToken cancellationToken) =>
        LoadAsync(repository, mayVanish: true, cancellationToken);

    /// <summary>As <see cref="LoadAllAsync"/>, for who holds an exclusive lock: nobody forgets anything meanwhile, so that what is listed and not given is damaged.</summary>
    /// <inheritdoc cref="LoadAllAsync"/>
    public static Task<SnapshotListing> LoadAllExclusivelyAsync(Repository repository, CancellationToken cancellationToken) =>
        LoadAsync(repository, mayVanish: false, cancellationToken);

    private static async Task<SnapshotListing> LoadAsync(Repository repository, bool mayVanish, CancellationToken cancellationToken)
    {
        var readable = new List<StoredSnapshot>();
        var damaged = new List<DamagedSnapshot>();
        var missing = new List<Id>();
        var gate = new Lock();
        var files = await repository.ListAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(files, repository.Requests(Environment.ProcessorCount, cancellationToken), async (file, token) =>
        {
            try
            {
                var snapshot = await repository.LoadDocumentAsync(file.Handle, SnapshotDocument.Parse, token).ConfigureAwait(false);
                lock (gate) readable.Add(new StoredSnapshot(file.Handle.Id, snapshot));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                lock (gate) missing.Add(file.Handle.Id);
            }
            catch (HoldfastException error) when (!error.IsOfStorage)
            {
                lock (gate) damaged.Add(new DamagedSnapshot(file.Handle.Id, error.Message));
            }
        }).ConfigureAwait(false);
        if (missing.Count > 0 && mayVanish) missing = await StillListedAsync(repository, missing, cancellationToken).ConfigureAwait(false);
        damaged.AddRange(missing.Select(id => new DamagedSnapshot(id, $"{new FileHandle(FileType.Snapshot, id)} is listed by the storage, which then says that it does not exist")));
        readable.Sort(ByTime);
        damaged.Sort((left, right) => left.Id.CompareTo(right.Id));
        return new SnapshotListing(readable, damaged);
    }

    /// <summary>Without those that another process has forgotten between the listing and the reading.</summary>
    private static async Task<List<Id>> StillListedAsync(Repository repository, List<Id> missing, CancellationToken cancellationToken)
    {
        var files = await repository.ListAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false);
        return [.. missing.Intersect(files.Select(file => file.Handle.Id))];
    }

    private static int ByTime(StoredSnapshot left, StoredSnapshot right)
    {
        var order = left.Snapshot.Time.CompareTo(right.Snapshot.Time);
        return order != 0 ? order : left.Id.CompareTo(right.Id);
    }
}
