using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Snapshots;

/// <summary>Loads the snapshots of a repository.</summary>
public static class SnapshotFiles
{
    /// <summary>Every snapshot, oldest first; those that cannot be read are named. One that vanishes meanwhile counts as removed.</summary>
    public static async Task<SnapshotListing> LoadAllAsync(Repository repository, CancellationToken cancellationToken)
    {
        var readable = new List<StoredSnapshot>();
        var damaged = new List<DamagedSnapshot>();
        var gate = new Lock();
        var files = await repository.ListAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(files, cancellationToken, async (file, token) =>
        {
            try
            {
                var snapshot = SnapshotDocument.Parse(await repository.LoadDocumentAsync(file.Handle, token).ConfigureAwait(false));
                lock (gate) readable.Add(new StoredSnapshot(file.Handle.Id, snapshot));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
            {
                lock (gate) damaged.Add(new DamagedSnapshot(file.Handle.Id, error.Message));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                // Forgotten by another process between the listing and the reading.
            }
        }).ConfigureAwait(false);
        readable.Sort((left, right) => left.Snapshot.Time.CompareTo(right.Snapshot.Time) is var order and not 0 ? order : left.Id.CompareTo(right.Id));
        damaged.Sort((left, right) => left.Id.CompareTo(right.Id));
        return new SnapshotListing(readable, damaged);
    }
}
