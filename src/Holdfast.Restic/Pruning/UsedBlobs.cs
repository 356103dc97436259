using System.Collections.Concurrent;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Pruning;

/// <summary>
/// What snapshots need: every tree and every piece of a file that can be reached from one. About 60 bytes of memory for each. Walked level by
/// level, so that the depth of a hostile tree costs no stack.
/// </summary>
public sealed class UsedBlobs
{
    private readonly HashSet<BlobHandle> _used = [];
    private readonly Lock _gate = new();
    private readonly BlobReader _reader;

    private UsedBlobs(BlobReader reader) => _reader = reader;

    /// <summary>Every needed blob once.</summary>
    internal IReadOnlyCollection<BlobHandle> All => _used;

    /// <param name="reader">Reads the trees.</param>
    /// <param name="snapshots">From where to walk.</param>
    /// <param name="workers">Trees read at a time.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="HoldfastException">Damaged: a tree cannot be read, or something needed is in no index: then nobody knows what is used.</exception>
    public static async Task<UsedBlobs> FindAsync(BlobReader reader, IEnumerable<StoredSnapshot> snapshots, int workers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(snapshots);
        var used = new UsedBlobs(reader);
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        for (var level = used.Unseen(snapshots.Select(snapshot => snapshot.Snapshot.Tree)); level.Count > 0;)
        {
            var below = new ConcurrentBag<Id>();
            await Parallel.ForEachAsync(level, options, (tree, token) => used.EnterAsync(tree, below, token)).ConfigureAwait(false);
            level = used.Unseen(below);
        }

        return used;
    }

    public bool Contains(BlobHandle blob) => _used.Contains(blob);

    private List<Id> Unseen(IEnumerable<Id> trees) => [.. trees.Where(tree => _used.Add(new BlobHandle(BlobType.Tree, tree)))];

    private async ValueTask EnterAsync(Id tree, ConcurrentBag<Id> below, CancellationToken cancellationToken)
    {
        IReadOnlyList<Node> nodes;
        try
        {
            nodes = await _reader.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            throw Incomplete(error.Message, error);
        }

        foreach (var node in nodes)
        {
            if (node is { Type: NodeType.Directory, Subtree: { IsNull: false } subtree }) below.Add(subtree);
            if (node.Type == NodeType.File && node.Content is { } content) AddContent(content);
        }
    }

    private void AddContent(IReadOnlyList<Id> content)
    {
        foreach (var id in content)
        {
            var blob = new BlobHandle(BlobType.Data, id);
            if (!_reader.Index.Contains(blob)) throw Incomplete($"{blob} is in no index", null);
            lock (_gate) _used.Add(blob);
        }
    }

    private static HoldfastException Incomplete(string why, Exception? inner) => new(
        FailureKind.Damaged,
        $"what the snapshots need cannot be told: {why}; nothing was removed",
        "run `holdfast check` to see what is hurt, and mend it first",
        inner);
}
