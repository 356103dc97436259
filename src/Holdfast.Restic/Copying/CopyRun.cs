using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Copying;

/// <summary>
/// Copies snapshots from one repository to another (section 16.4): blobs keep their IDs, each is verified when it is read, and only those are
/// written that the target lacks. A snapshot is written when all it needs is durable, so that the target is whole at every instant; what an
/// interrupted run has stored is found by the next.
/// </summary>
/// <param name="source">From where; only read.</param>
/// <param name="target">Where to.</param>
/// <param name="options">How.</param>
/// <param name="clock">For the age of index files.</param>
public sealed class CopyRun(Repository source, Repository target, CopyOptions options, TimeProvider clock)
{
    private readonly List<CopiedSnapshot> _copied = [];
    private readonly List<FailedCopy> _failed = [];

    // Trees of which everything is in the target, or in the batch.
    private readonly HashSet<Id> _whole = [];
    private AddedBlobs _added;

    /// <summary>One after another; a snapshot that cannot be read does not keep the others from being copied.</summary>
    /// <exception cref="HoldfastException">The target cannot be written, or the source cannot be reached; what was copied before stays.</exception>
    public async Task<CopyResult> ExecuteAsync(IReadOnlyList<StoredSnapshot> snapshots, CancellationToken cancellationToken)
    {
        if (snapshots.Count > 0)
        {
            options.StepBegins?.Invoke("reading both indexes");
            var reader = new BlobReader(source, await source.LoadIndexAsync(cancellationToken).ConfigureAwait(false));
            var index = await target.LoadIndexAsync(cancellationToken).ConfigureAwait(false);
            for (var done = 0; done < snapshots.Count;) done = await CopyBatchAsync(reader, index, snapshots, done, cancellationToken).ConfigureAwait(false);
        }

        return new CopyResult(_copied, _failed, _added);
    }

    /// <summary>Copies what some snapshots need, and when it is durable, writes them.</summary>
    /// <returns>With which snapshot to go on.</returns>
    private async Task<int> CopyBatchAsync(BlobReader reader, BlobIndex index, IReadOnlyList<StoredSnapshot> snapshots, int next, CancellationToken cancellationToken)
    {
        var complete = new List<StoredSnapshot>();
        await using var writer = new BlobWriter(target, index, clock, Task.CompletedTask);
        do
        {
            var snapshot = snapshots[next++];
            options.StepBegins?.Invoke($"copying snapshot {snapshot.Id.Short} ({next} of {snapshots.Count})");
            var copy = new TreeCopy(source, reader, index, writer, options);
            if (await copy.ExecuteAsync(snapshot.Snapshot.Tree, _whole, cancellationToken).ConfigureAwait(false) is { } why)
            {
                _failed.Add(new FailedCopy(snapshot, why));
                continue;
            }

            _whole.UnionWith(copy.Trees);
            complete.Add(snapshot);
        }
        while (next < snapshots.Count && writer.Added.StoredBytes < options.BatchBytes);

        // Also when none is complete: the index knows as claimed what only this writer can store.
        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        _added = Sum(_added, writer.Added);
        foreach (var snapshot in complete) _copied.Add(new CopiedSnapshot(snapshot, await SaveAsync(snapshot, cancellationToken).ConfigureAwait(false)));
        return next;
    }

    private Task<Id> SaveAsync(StoredSnapshot snapshot, CancellationToken cancellationToken)
    {
        options.ThrowIfLost?.Invoke();
        // The parent is of no meaning elsewhere, and may not be there.
        var copy = snapshot.Snapshot with { Parent = null, Original = snapshot.Snapshot.Original ?? snapshot.Id };
        return target.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(copy), cancellationToken);
    }

    private static AddedBlobs Sum(AddedBlobs left, AddedBlobs right) => new(
        left.DataBlobs + right.DataBlobs, left.TreeBlobs + right.TreeBlobs, left.Bytes + right.Bytes, left.StoredBytes + right.StoredBytes);
}
