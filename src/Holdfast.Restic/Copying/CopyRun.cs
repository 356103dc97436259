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
    /// <summary>One after another; a snapshot that cannot be read does not keep the others from being copied.</summary>
    /// <exception cref="HoldfastException">The target cannot be written, or the source cannot be reached; what was copied before stays.</exception>
    public async Task<CopyResult> ExecuteAsync(IReadOnlyList<StoredSnapshot> snapshots, CancellationToken cancellationToken)
    {
        var (copied, failed, added) = (new List<CopiedSnapshot>(), new List<FailedCopy>(), default(AddedBlobs));
        if (snapshots.Count == 0) return new CopyResult(copied, failed, added);
        options.StepBegins?.Invoke("reading both indexes");
        var reader = new BlobReader(source, await source.LoadIndexAsync(cancellationToken).ConfigureAwait(false));
        var index = await target.LoadIndexAsync(cancellationToken).ConfigureAwait(false);
        var whole = new HashSet<Id>();
        for (var number = 0; number < snapshots.Count; number++)
        {
            var snapshot = snapshots[number];
            options.StepBegins?.Invoke($"copying snapshot {snapshot.Id.Short} ({number + 1} of {snapshots.Count})");
            var (why, bytes) = await CopyTreesAsync(reader, index, snapshot.Snapshot.Tree, whole, cancellationToken).ConfigureAwait(false);
            added = Sum(added, bytes);
            if (why is null) copied.Add(new CopiedSnapshot(snapshot, await SaveAsync(snapshot, cancellationToken).ConfigureAwait(false)));
            else failed.Add(new FailedCopy(snapshot, why));
        }

        return new CopyResult(copied, failed, added);
    }

    /// <summary>Everything that a snapshot needs; durable in the target afterwards.</summary>
    /// <returns>Why it is not all of it, null when it is; and what was added.</returns>
    private async Task<(string? Why, AddedBlobs Added)> CopyTreesAsync(
        BlobReader reader, BlobIndex index, Id root, HashSet<Id> whole, CancellationToken cancellationToken)
    {
        await using var writer = new BlobWriter(target, index, clock, Task.CompletedTask);
        var copy = new TreeCopy(source, reader, index, writer, options);
        var why = await copy.ExecuteAsync(root, whole, cancellationToken).ConfigureAwait(false);
        // Also when the snapshot cannot be written: the index knows as claimed what only this writer can store.
        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (why is null) whole.UnionWith(copy.Trees);
        return (why, writer.Added);
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
