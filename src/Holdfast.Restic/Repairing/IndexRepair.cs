using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>
/// Makes the index fit the packs that are stored (section 10.4): what the index files say of whole packs is believed, everything else is read from
/// the headers of the packs. A pack whose header does not open stays listed as it was, so that <see cref="PackRepair"/> still knows where its
/// good blobs are.
/// </summary>
/// <param name="repository">The repository, exclusively locked.</param>
/// <param name="readAllPacks">Believe no index file: read the header of every pack.</param>
/// <param name="options">How to work.</param>
public sealed class IndexRepair(Repository repository, bool readAllPacks, RepairOptions options) : IRepair<IndexRepairPlan, IndexRepairResult>
{
    // The storage itself is judged, not what is kept of it near by.
    private readonly Repository _repository = repository.Afresh();

    /// <exception cref="HoldfastException">The storage cannot be listed, or is unavailable; every damage is part of the plan.</exception>
    public async Task<IndexRepairPlan> PlanAsync(CancellationToken cancellationToken)
    {
        options.StepBegins?.Invoke("reading the index", 0);
        var files = await IndexFileContents.LoadAllAsync(_repository, cancellationToken).ConfigureAwait(false);
        var stored = await _repository.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false);
        var listed = new PackLists(files.Readable);
        var unclear = stored.Where(file => readAllPacks || !listed.Explains(file)).ToList();
        options.StepBegins?.Invoke("reading the headers of packs", unclear.Sum(file => file.Size));
        var headers = new HeaderReading(_repository, options);
        await headers.ReadAsync(unclear, cancellationToken).ConfigureAwait(false);
        return Compare(files, listed, stored, headers);
    }

    /// <exception cref="HoldfastException">Failed: the lock was lost. Or as the backend says.</exception>
    public async Task<IndexRepairResult> ExecuteAsync(IndexRepairPlan plan, RepositoryLock held, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(held);
        options.StepBegins?.Invoke("writing the index", 0);
        var written = new WrittenFiles();
        foreach (var packs in IndexFileContents.Fill(plan.Write))
            written.AddIndex(await _repository.SaveDocumentAsync(FileType.Index, IndexDocument.Serialize(packs), cancellationToken).ConfigureAwait(false));
        await written.RequireStoredAsync(_repository, cancellationToken).ConfigureAwait(false);
        var removed = 0;
        foreach (var file in plan.Obsolete.Concat(plan.Damaged.Select(file => file.Id)).Where(file => !written.HasIndex(file)))
        {
            await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
            await _repository.Backend.DeleteAsync(new FileHandle(FileType.Index, file), cancellationToken).ConfigureAwait(false);
            removed++;
        }

        return new IndexRepairResult(written.Indexes, removed);
    }

    private static IndexRepairPlan Compare(IndexFileContents files, PackLists listed, IReadOnlyList<StoredFile> stored, HeaderReading headers)
    {
        var target = new Dictionary<Id, IndexedPack>();
        var (added, corrected, unreadable) = (new List<Id>(), new List<Id>(), new List<UnreadablePack>());
        foreach (var pack in stored.Select(file => file.Handle.Id).Order())
        {
            var old = listed.Find(pack);
            if (headers.Found.TryGetValue(pack, out var header))
            {
                if (old is null) added.Add(pack);
                else if (!listed.IsAgreed(pack) || !old.Blobs.SequenceEqual(header.Blobs)) corrected.Add(pack);
                target.Add(pack, header);
                continue;
            }

            if (headers.Unreadable.TryGetValue(pack, out var why)) unreadable.Add(new UnreadablePack(pack, why, old is not null));
            if (old is not null) target.Add(pack, old);
        }

        var there = stored.Select(file => file.Handle.Id).ToHashSet();
        var plan = new IndexRepairPlan
        {
            Damaged = files.Damaged,
            Added = added,
            Corrected = corrected,
            Missing = [.. listed.All.Where(pack => !there.Contains(pack)).Order()],
            Unreadable = unreadable,
            Packs = stored.Count,
        };
        return plan.Choosing(files.Readable, target);
    }
}
