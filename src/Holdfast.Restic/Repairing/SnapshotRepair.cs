using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Repairing;

/// <summary>
/// Makes of hurt snapshots such that can be restored completely (section 10.4): lost pieces are cut out of files, directories that cannot be read
/// become empty, entries of no known type vanish. The hurt ones stay unless they are to be forgotten.
/// </summary>
/// <param name="repository">The repository, exclusively locked.</param>
/// <param name="snapshots">Which, and what becomes of the hurt ones.</param>
/// <param name="options">How to work.</param>
public sealed class SnapshotRepair(Repository repository, SnapshotRepairOptions snapshots, RepairOptions options)
    : IRepair<SnapshotRepairPlan, SnapshotRepairResult>
{
    // The storage itself is judged, not what is kept of it near by.
    private readonly Repository _repository = repository.Afresh();

    /// <summary>On repaired snapshots beside which the hurt one stays, as restic tags them.</summary>
    public const string Tag = "repaired";

    /// <exception cref="HoldfastException">
    /// Damaged: the index does not fit the packs, so that what is lost cannot be told yet. Usage, NotFound: an ID is none.
    /// </exception>
    public async Task<SnapshotRepairPlan> PlanAsync(CancellationToken cancellationToken)
    {
        options.StepBegins?.Invoke("reading snapshots and index", 0);
        var listing = await SnapshotFiles.LoadAllExclusivelyAsync(_repository, cancellationToken).ConfigureAwait(false);
        var (readable, damaged) = RepairSelection.Select(listing, snapshots.Snapshots);
        var fit = await IndexFit.RequireAsync(_repository, options, cancellationToken).ConfigureAwait(false);
        options.StepBegins?.Invoke("looking for what is lost", 0);
        var trees = new TreeRepair(new BlobReader(_repository, fit.Index), (tree, _) => ValueTask.FromResult(Id.Of(tree)));
        var (hurt, unreadable) = (new List<SnapshotLosses>(), damaged.Select(snapshot => new UnreadableFile(snapshot.Id, snapshot.Why)).ToList());
        foreach (var stored in readable)
        {
            var tree = await trees.RepairAsync(stored.Snapshot.Tree, cancellationToken).ConfigureAwait(false);
            if (tree is null) unreadable.Add(new UnreadableFile(stored.Id, "its uppermost directory cannot be read"));
            else if (!tree.Losses.IsEmpty) hurt.Add(new SnapshotLosses(stored, tree.Losses, EarlierRepair(listing, stored, tree.Id)));
        }

        fit.RequireLost(trees.Missing);
        return new SnapshotRepairPlan { Looked = readable.Count + damaged.Count, Hurt = hurt, Unreadable = unreadable, Forgets = snapshots.Forget };
    }

    /// <exception cref="HoldfastException">Failed: the lock was lost. Or as the backend says.</exception>
    public async Task<SnapshotRepairResult> ExecuteAsync(SnapshotRepairPlan plan, RepositoryLock held, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(held);
        var open = plan.Hurt.Where(snapshot => snapshot.RepairedAs is null).Select(snapshot => snapshot.Snapshot).ToList();
        var repaired = open.Count == 0 ? [] : await SaveAsync(open, held, cancellationToken).ConfigureAwait(false);
        var removed = new List<Id>();
        if (!plan.Forgets) return new SnapshotRepairResult(repaired, removed);
        options.StepBegins?.Invoke("removing the hurt snapshots", 0);
        foreach (var snapshot in plan.Hurt.Select(snapshot => snapshot.Snapshot.Id).Concat(plan.Unreadable.Select(snapshot => snapshot.Id)))
        {
            await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
            await _repository.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, snapshot), cancellationToken).ConfigureAwait(false);
            removed.Add(snapshot);
        }

        return new SnapshotRepairResult(repaired, removed);
    }

    /// <summary>Trees and their index first; a snapshot only when all that it needs is durable.</summary>
    private async Task<List<RepairedSnapshot>> SaveAsync(List<StoredSnapshot> open, RepositoryLock held, CancellationToken cancellationToken)
    {
        options.StepBegins?.Invoke("writing the repaired directories", 0);
        var index = await _repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false);
        var trees = new List<(StoredSnapshot Hurt, Id Tree)>();
        await using (var writer = new BlobWriter(_repository, index, options.Clock, Task.CompletedTask))
        {
            var repair = new TreeRepair(
                new BlobReader(_repository, index), async (tree, token) => (await writer.SaveAsync(BlobType.Tree, tree, token).ConfigureAwait(false)).Id);
            foreach (var stored in open)
            {
                var tree = await repair.RepairAsync(stored.Snapshot.Tree, cancellationToken).ConfigureAwait(false) ?? throw Vanished(stored);
                trees.Add((stored, tree.Id));
            }

            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        options.StepBegins?.Invoke("writing the repaired snapshots", 0);
        var repaired = new List<RepairedSnapshot>();
        foreach (var (hurt, tree) in trees)
        {
            var document = SnapshotDocument.Serialize(Repaired(hurt, tree));
            repaired.Add(new RepairedSnapshot(hurt.Id, await _repository.SaveDocumentAsync(FileType.Snapshot, document, cancellationToken).ConfigureAwait(false)));
        }

        return repaired;
    }

    private Snapshot Repaired(StoredSnapshot hurt, Id tree) => hurt.Snapshot with
    {
        Tree = tree,
        Original = hurt.Id,
        Tags = snapshots.Forget || hurt.Snapshot.Tags.Contains(Tag, StringComparer.Ordinal) ? hurt.Snapshot.Tags : [.. hurt.Snapshot.Tags, Tag],
    };

    private static Id? EarlierRepair(SnapshotListing listing, StoredSnapshot hurt, Id tree) =>
        listing.Readable.FirstOrDefault(other => other.Snapshot.Original == hurt.Id && other.Snapshot.Tree == tree)?.Id;

    private static HoldfastException Vanished(StoredSnapshot stored) => new(
        FailureKind.Damaged,
        $"snapshot {stored.Id.Short} could be read a moment ago and cannot any more; nothing was removed",
        "the disk or the memory is failing: copy the repository away first");
}
