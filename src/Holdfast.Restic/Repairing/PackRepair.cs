using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Packs;
using Holdfast.Restic.Pruning;

namespace Holdfast.Restic.Repairing;

/// <summary>
/// Takes damaged packs out of the repository (section 10.4): every blob, known from the index or from the header, that still opens and has its hash
/// goes into new packs; then the index forgets the damaged ones, and last they are removed.
/// </summary>
/// <param name="repository">The repository, exclusively locked.</param>
/// <param name="packs">IDs of packs, or the beginnings of them.</param>
/// <param name="options">How to work.</param>
public sealed class PackRepair(Repository repository, IReadOnlyList<string> packs, RepairOptions options) : IRepair<PackRepairPlan, PackRepairResult>
{
    /// <exception cref="HoldfastException">
    /// Usage, NotFound: an ID is none, or of no pack. Damaged: an index file cannot be read, or two contradict each other.
    /// </exception>
    public async Task<PackRepairPlan> PlanAsync(CancellationToken cancellationToken)
    {
        options.StepBegins?.Invoke("reading the index", 0);
        var contents = await IndexedContents.LoadAsync(repository, cancellationToken).ConfigureAwait(false);
        var stored = await repository.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false);
        var named = PackSelection.Resolve(packs, stored, contents.FilesByPack.Keys);
        var listed = PackContents.ListedIn(contents.Index, named.Select(file => file.Handle.Id).ToHashSet());
        options.StepBegins?.Invoke("reading the packs", named.Sum(file => file.Size));
        var salvage = new PackSalvage(repository, contents.Index, listed);
        var found = new List<SalvagedPack>();
        foreach (var file in named)
        {
            found.Add(await salvage.ExamineAsync(file, cancellationToken).ConfigureAwait(false));
            options.BytesDone?.Invoke(file.Size);
        }

        var leaving = found.Where(pack => !pack.IsSound).Select(pack => pack.Id).ToHashSet();
        var judged = new List<SalvagedPack>();
        foreach (var pack in found) judged.Add(await salvage.JudgeAsync(pack, leaving, cancellationToken).ConfigureAwait(false));
        var saved = judged.SelectMany(pack => pack.Salvaged).Select(blob => blob.Handle).ToHashSet();
        var files = leaving.SelectMany(pack => contents.FilesByPack.GetValueOrDefault(pack) ?? []).Distinct().Order().ToList();
        return new PackRepairPlan { Packs = [.. judged.Select(pack => pack.Without(saved))], IndexFiles = files, Index = contents.Index };
    }

    /// <exception cref="HoldfastException">Damaged: what was good before is not any more; nothing was removed. Failed: the lock was lost. Or as the backend says.</exception>
    public async Task<PackRepairResult> ExecuteAsync(PackRepairPlan plan, RepositoryLock held, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(held);
        var hurt = plan.Packs.Where(pack => !pack.IsSound).ToList();
        options.StepBegins?.Invoke("copying what is good", hurt.Sum(pack => pack.SalvagedBytes));
        var copied = await CopyAsync(plan, hurt, cancellationToken).ConfigureAwait(false);
        await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        options.StepBegins?.Invoke("rewriting the index", 0);
        var leaving = hurt.Select(pack => pack.Id).ToHashSet();
        if (plan.IndexFiles.Count > 0) await new IndexRewrite(repository, leaving).ExecuteAsync(plan.IndexFiles, held, cancellationToken).ConfigureAwait(false);
        options.StepBegins?.Invoke("removing the damaged packs", 0);
        foreach (var pack in hurt)
        {
            await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
            await repository.Backend.DeleteAsync(new FileHandle(FileType.Pack, pack.Id), cancellationToken).ConfigureAwait(false);
        }

        return new PackRepairResult(hurt.Count, copied, hurt.Sum(pack => pack.SalvagedBytes), hurt.SelectMany(pack => pack.Lost).Distinct().Count());
    }

    private async Task<int> CopyAsync(PackRepairPlan plan, List<SalvagedPack> hurt, CancellationToken cancellationToken)
    {
        var done = new HashSet<BlobHandle>();
        await using var open = new OpenPacks(new PackUploader(repository, plan.Index, options.Clock, Task.CompletedTask));
        foreach (var pack in hurt)
        {
            var bytes = await PackBytes.ReadAsync(repository, pack.Id, cancellationToken).ConfigureAwait(false);
            foreach (var blob in pack.Salvaged.Where(blob => done.Add(blob.Handle)))
            {
                var container = await bytes.TryReadAsync(blob, cancellationToken).ConfigureAwait(false) ?? throw Failing(pack.Id, blob);
                await open.AppendAsync(blob.Handle, container, blob.UncompressedLength, cancellationToken).ConfigureAwait(false);
                options.BytesDone?.Invoke(blob.Length);
            }
        }

        await open.FlushAsync(cancellationToken).ConfigureAwait(false);
        return done.Count;
    }

    private static HoldfastException Failing(Id pack, PackedBlob blob) => new(
        FailureKind.Damaged,
        $"{blob.Handle} in pack {pack.Short} was good a moment ago and is not any more; nothing was removed",
        "the disk or the memory is failing: copy the repository away first");
}
