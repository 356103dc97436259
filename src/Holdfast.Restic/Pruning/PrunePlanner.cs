using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Pruning;

/// <summary>Finds out what nothing needs any more and how to be rid of it (section 10.3). Changes nothing.</summary>
public sealed class PrunePlanner(Repository repository, PruneOptions options)
{
    /// <exception cref="HoldfastException">Damaged: it cannot be told what is needed, or something needed is missing.</exception>
    public async Task<PrunePlan> PlanAsync(CancellationToken cancellationToken)
    {
        options.StepBegins?.Invoke("reading snapshots and index", 0);
        // Snapshots first: what a backup adds meanwhile (where no lock keeps it away) is then known to the index.
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        if (snapshots.Damaged is [var damaged, ..]) throw Unreadable(damaged);
        var staying = snapshots.Readable.Where(snapshot => !options.Forgotten.Contains(snapshot.Id)).ToList();
        if (await repository.Backend.SurveyAsync(cancellationToken).ConfigureAwait(false) is var disorder) RefuseDisorder(disorder);
        var contents = await IndexedContents.LoadAsync(repository, cancellationToken).ConfigureAwait(false);
        options.StepBegins?.Invoke("finding what the snapshots need", 0);
        var used = await UsedBlobs.FindAsync(new BlobReader(repository, contents.Index), staying, options.Workers, cancellationToken)
            .ConfigureAwait(false);
        options.StepBegins?.Invoke("comparing with the packs", 0);
        var packs = PackUses.Count(contents.Index, used);
        var stored = await repository.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false);
        if (staying.Count == 0 && stored.Count > 0 && !options.AcceptsNoSnapshots) throw NoSnapshots(stored.Count);
        var missing = Compare(packs, stored);
        var plan = new PackChoice(options, repository.Compresses).Choose(packs, stored);
        return new PrunePlan(used, contents)
        {
            Snapshots = staying.Count,
            Unlisted = plan.Unlisted,
            Remove = plan.Remove,
            Repack = plan.Repack,
            Kept = plan.Kept,
            Missing = missing,
            UsedBytes = packs.Values.Sum(pack => pack.UsedBytes),
            UnusedBytes = packs.Values.Sum(pack => pack.UnusedBytes),
            CopiedBytes = plan.Repack.Sum(file => packs[file.Handle.Id].UsedBytes),
            RemainingUnusedBytes = plan.RemainingUnused,
            IndexFiles = Rewritten(contents, plan, missing),
        };
    }

    /// <summary>Packs that are listed, not there, and not needed. One that is needed must be there and whole.</summary>
    private static List<Id> Compare(Dictionary<Id, PackUse> packs, IReadOnlyList<StoredFile> stored)
    {
        var sizes = stored.ToDictionary(file => file.Handle.Id, file => file.Size);
        var missing = new List<Id>();
        foreach (var pack in packs.Values)
        {
            var isThere = sizes.TryGetValue(pack.Id, out var size);
            if (!isThere && pack.UsedBlobs > 0) throw Lost(pack, "is missing");
            if (!isThere) missing.Add(pack.Id);
            else if (size != pack.Size && pack.UsedBlobs > 0) throw Lost(pack, $"has {size} bytes and not {pack.Size}");
        }

        return missing;
    }

    /// <summary>
    /// The index files that list a pack that goes away, or one that another lists too. When some are written anyway, those that are not full are joined with them: every
    /// backup leaves one, and each costs every later command a reading.
    /// </summary>
    private static List<Id> Rewritten(IndexedContents contents, PackChoice.Choice choice, List<Id> missing)
    {
        var leaving = choice.Remove.Concat(choice.Repack).Select(file => file.Handle.Id).Concat(missing);
        // A prune that was killed between writing new index files and removing old ones leaves packs that two of them list.
        var twice = contents.FilesByPack.Values.Where(files => files.Count > 1);
        var affected = leaving.Select(pack => contents.FilesByPack[pack]).Concat(twice).SelectMany(files => files).ToHashSet();
        if (affected.Count == 0) return [];
        affected.UnionWith(contents.BlobsByFile.Where(file => file.Value < Indexes.IndexDocument.FullAtBlobs / 2).Select(file => file.Key));
        return [.. affected.Order()];
    }

    /// <summary>Snapshots that are out of sight are not read, and what they need would go.</summary>
    private static void RefuseDisorder(StorageDisorder disorder)
    {
        if (disorder.MissingFolders is [var folder, ..])
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"the repository has no folder {folder}, so it is not known what is needed; nothing was removed",
                "bring the folder back from where it went; where it was lost, run `holdfast check`");
        }

        if (disorder.UnknownSnapshots is not [var name, ..]) return;
        var more = disorder.UnknownSnapshots.Count > 1 ? $" and {disorder.UnknownSnapshots.Count - 1} more" : string.Empty;
        throw new HoldfastException(
            FailureKind.Damaged,
            $"{Quoted.Text($"snapshots/{name}")}{more} may be a snapshot that is out of sight, and what it needs would be removed; nothing was removed",
            "give a snapshot its own name back (64 hexadecimal digits), and move whatever else it is out of the repository");
    }

    private static HoldfastException NoSnapshots(int packs) => new(
        FailureKind.Failed,
        $"the repository has {packs} packs and no snapshot, so all of it would be removed; nothing was removed",
        "were there snapshots, bring them back; if all is to go, give --no-snapshots");

    private static HoldfastException Unreadable(DamagedSnapshot snapshot) => new(
        FailureKind.Damaged,
        $"snapshot {snapshot.Id.Short} cannot be read, so what it needs is not known ({snapshot.Why}); nothing was removed",
        "run `holdfast check`; when the snapshot is worth nothing any more, remove it with `holdfast repair snapshots --forget`");

    private static HoldfastException Lost(PackUse pack, string what) => new(
        FailureKind.Damaged,
        $"pack {pack.Id.Short}, which snapshots need, {what}; nothing was removed",
        "run `holdfast check` to see what is hurt and `holdfast repair index` to make the index fit the packs");
}
