using System.Collections.Concurrent;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Pruning;

/// <summary>
/// Does what a plan says, in an order that may be cut off anywhere: new packs, their index, the rewritten index, then the old index files go,
/// then the old packs (section 9.5). What a killed run has copied is found by the next plan, so that it is not copied again.
/// </summary>
/// <param name="repository">The repository, exclusively locked since before the plan was made.</param>
/// <param name="plan">What to do.</param>
/// <param name="options">The same as for the plan.</param>
/// <param name="held">The lock; asked before anything is removed.</param>
/// <param name="clock">For the age of index files.</param>
public sealed class PruneRun(Repository repository, PrunePlan plan, PruneOptions options, RepositoryLock held, TimeProvider clock)
{
    private readonly ConcurrentQueue<string> _problems = [];
    private int _removedPacks;
    private long _removedBytes;

    /// <exception cref="HoldfastException">
    /// Damaged: something that is needed cannot be read; nothing needed was removed. Failed: the lock was lost. Or as the backend says.
    /// </exception>
    public async Task<PruneResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        await RequireSameSnapshotsAsync(cancellationToken).ConfigureAwait(false);
        // Room first: what no index lists is of no use to anybody while nobody else works here.
        await RemoveAsync("removing packs that no index lists", plan.Unlisted, cancellationToken).ConfigureAwait(false);
        var (blobs, bytes) = await CopyAsync(cancellationToken).ConfigureAwait(false);
        RequireComplete();
        await RewriteIndexAsync(cancellationToken).ConfigureAwait(false);
        await RemoveAsync("removing packs", [.. plan.Remove, .. plan.Repack], cancellationToken).ConfigureAwait(false);
        return new PruneResult(_removedPacks, _removedBytes, blobs, bytes, [.. _problems]);
    }

    /// <summary>A second list: under the lock nobody adds a snapshot, so that one more shows that the first was not whole.</summary>
    private async Task RequireSameSnapshotsAsync(CancellationToken cancellationToken)
    {
        if (plan.IsEmpty) return;
        await foreach (var file in repository.Backend.ListAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false))
        {
            if (plan.Seen.Contains(file.Handle.Id)) continue;
            throw new HoldfastException(
                FailureKind.Failed,
                $"snapshot {file.Handle.Id.Short} was not there when it was found out what is needed; nothing was removed",
                "run it again; if it happens again, have the storage looked at: its lists cannot be trusted");
        }
    }

    private HashSet<Id> Leaving => [.. plan.Remove.Concat(plan.Repack).Select(file => file.Handle.Id), .. plan.Missing];

    private async Task<(long Blobs, long Bytes)> CopyAsync(CancellationToken cancellationToken)
    {
        if (plan.Repack.Count == 0) return (0, 0);
        var needed = Needed();
        options.StepBegins?.Invoke("copying what is needed", needed.Sum(pack => pack.Blobs.Sum(blob => (long)blob.Length)));
        await using var copy = new PackCopy(repository, plan.Contents.Index, options, clock);
        await copy.CopyAsync(needed, cancellationToken).ConfigureAwait(false);
        await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        await copy.FlushAsync(cancellationToken).ConfigureAwait(false);
        await copy.Written.RequireStoredAsync(repository, cancellationToken).ConfigureAwait(false);
        return (copy.Blobs, copy.Bytes);
    }

    /// <summary>Of the packs that are copied, the blobs that no pack that stays has; each once.</summary>
    private List<(Id Pack, List<PackedBlob> Blobs)> Needed()
    {
        var leaving = Leaving;
        var index = plan.Contents.Index;
        var repacked = plan.Repack.Select(file => file.Handle.Id).ToHashSet();
        var needed = new Dictionary<Id, List<PackedBlob>>();
        foreach (var blob in plan.Used.All)
        {
            var copies = index.LocateAll(blob);
            if (copies.Any(copy => !leaving.Contains(copy.Pack))) continue;
            var chosen = copies.First(copy => repacked.Contains(copy.Pack));
            if (!needed.TryGetValue(chosen.Pack, out var blobs)) needed.Add(chosen.Pack, blobs = []);
            blobs.Add(chosen.Blob);
        }

        foreach (var blobs in needed.Values) blobs.Sort((left, right) => left.Offset.CompareTo(right.Offset));
        return [.. needed.OrderBy(pack => pack.Key).Select(pack => (pack.Key, pack.Value))];
    }

    /// <summary>Looks again, before anything goes, whether everything that is needed has a copy that stays.</summary>
    private void RequireComplete()
    {
        if (plan.Remove.Count + plan.Repack.Count == 0) return;
        var leaving = Leaving;
        foreach (var blob in plan.Used.All)
        {
            if (plan.Contents.Index.LocateAll(blob).Any(copy => !leaving.Contains(copy.Pack))) continue;
            throw new HoldfastException(
                FailureKind.Failed, $"{blob} would be lost; nothing needed was removed", "this is a fault of Holdfast: please report it with this line");
        }
    }

    private async Task RewriteIndexAsync(CancellationToken cancellationToken)
    {
        if (plan.IndexFiles.Count == 0) return;
        options.StepBegins?.Invoke("rewriting the index", 0);
        await new IndexRewrite(repository, Leaving).ExecuteAsync(plan.IndexFiles, held, cancellationToken).ConfigureAwait(false);
    }

    private async Task RemoveAsync(string step, IReadOnlyList<StoredFile> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0) return;
        options.StepBegins?.Invoke(step, files.Sum(file => file.Size));
        await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
        var parallel = repository.Requests(options.Workers, cancellationToken);
        await Parallel.ForEachAsync(files, parallel, async (file, token) =>
        {
            try
            {
                await repository.Backend.DeleteAsync(file.Handle, token).ConfigureAwait(false);
                Interlocked.Increment(ref _removedPacks);
                Interlocked.Add(ref _removedBytes, file.Size);
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.Failed)
            {
                // It is in no index any more and the next run finds it; the others can still go.
                _problems.Enqueue($"{file.Handle} could not be removed: {error.Message}");
            }

            options.BytesDone?.Invoke(file.Size);
        }).ConfigureAwait(false);
    }
}
