using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Checking;

/// <summary>Loads every snapshot file.</summary>
internal sealed class SnapshotCheck(Repository repository, FindingLog log)
{
    internal async Task<CheckedSnapshots> ExecuteAsync(CancellationToken cancellationToken)
    {
        var readable = new List<StoredSnapshot>();
        var files = await repository.ListAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
        {
            try
            {
                var json = await repository.LoadDocumentAsync(file.Handle, cancellationToken).ConfigureAwait(false);
                readable.Add(new StoredSnapshot(file.Handle.Id, SnapshotDocument.Parse(json)));
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
            {
                // Forgotten in the meantime.
            }
            catch (HoldfastException error)
            {
                log.Error(file.Handle, $"cannot be read: {error.Message}").HurtsAllOf(file.Handle.Id);
            }
        }

        readable.Sort((left, right) => left.Snapshot.Time.CompareTo(right.Snapshot.Time) is var order and not 0 ? order : left.Id.CompareTo(right.Id));
        return new CheckedSnapshots(readable, files.Count);
    }
}

/// <summary>The snapshots that can be read, oldest first, and how many files there are.</summary>
internal sealed record CheckedSnapshots(IReadOnlyList<StoredSnapshot> Readable, int Files);
