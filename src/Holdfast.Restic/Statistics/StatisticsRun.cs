using System.Collections.Concurrent;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Statistics;

/// <summary>
/// Measures a repository. A tree is read once when one snapshot has it and twice when several do, never once for each. Walked level by level, so
/// that the depth of a hostile tree costs no stack.
/// </summary>
public sealed class StatisticsRun(Repository repository, StatisticsOptions options)
{
    private readonly TreeMeasures _measures = new();

    /// <exception cref="HoldfastException">Damaged: a tree cannot be read, or something needed is in no index. Or as the backend says.</exception>
    public async Task<StatisticsResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        options.StepBegins?.Invoke("reading snapshots and index");
        // Snapshots first: what a backup adds meanwhile is then known to the index (section 9.5).
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        var index = await repository.LoadIndexAsync(cancellationToken).ConfigureAwait(false);
        var (reader, owners) = (new BlobReader(repository, index), new BlobOwners(index));
        options.StepBegins?.Invoke("reading folders");
        for (var number = 0; number < listing.Readable.Count; number++)
            await WalkAsync(reader, owners, listing.Readable[number].Snapshot.Tree, number, cancellationToken).ConfigureAwait(false);
        options.StepBegins?.Invoke("listing files");
        var (packs, bytes) = await StoredAsync(cancellationToken).ConfigureAwait(false);
        return Result(listing, owners) with { Packs = packs, RepositoryBytes = bytes };
    }

    private async Task WalkAsync(BlobReader reader, BlobOwners owners, Id root, int snapshot, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellationToken };
        for (IReadOnlyCollection<Id> level = [root]; level.Count > 0;)
        {
            var below = new ConcurrentBag<Id>();
            var news = level.Where(tree => owners.Claim(new BlobHandle(BlobType.Tree, tree), snapshot)).ToList();
            await Parallel.ForEachAsync(news, parallel, async (tree, token) =>
            {
                var nodes = await ReadAsync(reader, tree, token).ConfigureAwait(false);
                _measures.Add(tree, nodes);
                foreach (var node in nodes)
                {
                    if (node is { Type: NodeType.Directory, Subtree: { IsNull: false } subtree }) below.Add(subtree);
                    if (node.Type == NodeType.File && node.Content is { } content)
                        foreach (var id in content) owners.Claim(new BlobHandle(BlobType.Data, id), snapshot);
                }

                options.TreeDone?.Invoke();
            }).ConfigureAwait(false);
            level = below;
        }
    }

    private static async Task<IReadOnlyList<Node>> ReadAsync(BlobReader reader, Id tree, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            throw new HoldfastException(FailureKind.Damaged, $"what the snapshots need cannot be told: {error.Message}", "run `holdfast check` to see what is hurt", error);
        }
    }

    private async Task<(long Packs, long Bytes)> StoredAsync(CancellationToken cancellationToken)
    {
        var (packs, bytes) = (0L, await repository.Backend.StatAsync(FileHandle.Config, cancellationToken).ConfigureAwait(false) ?? 0);
        foreach (var type in (FileType[])[FileType.Pack, FileType.Index, FileType.Snapshot, FileType.Key])
        {
            await foreach (var file in repository.Backend.ListAsync(type, cancellationToken).ConfigureAwait(false))
            {
                bytes += file.Size;
                if (type == FileType.Pack) packs++;
            }
        }

        return (packs, bytes);
    }

    private StatisticsResult Result(SnapshotListing listing, BlobOwners owners)
    {
        var unique = new long[listing.Readable.Count];
        long data = 0, trees = 0, plain = 0, plainData = 0, stored = 0, unneeded = 0;
        owners.ForEach((location, need) =>
        {
            if (!need.IsNeeded)
            {
                unneeded += location.Blob.Length;
                return;
            }

            stored += location.Blob.Length;
            plain += location.Blob.PlainLength;
            if (location.Blob.Handle.Type == BlobType.Tree) trees++;
            else (data, plainData) = (data + 1, plainData + location.Blob.PlainLength);
            if (need.OnlyBy is { } only) unique[only] += location.Blob.Length;
        });
        return new StatisticsResult
        {
            Snapshots = [.. listing.Readable.Select((snapshot, number) => Of(snapshot, unique[number]))],
            Damaged = listing.Damaged,
            DataBlobs = data,
            TreeBlobs = trees,
            PlainBytes = plain,
            PlainDataBytes = plainData,
            StoredBytes = stored,
            UnneededBytes = unneeded,
            Packs = 0,
            RepositoryBytes = 0,
        };
    }

    private SnapshotStatistics Of(StoredSnapshot snapshot, long unique)
    {
        var (files, bytes) = _measures.Restored(snapshot.Snapshot.Tree);
        return new SnapshotStatistics(snapshot, files, bytes, unique);
    }
}
