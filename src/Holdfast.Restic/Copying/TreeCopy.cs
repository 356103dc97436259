using System.Collections.Concurrent;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Copying;

/// <summary>
/// Copies all that one tree needs. Every tree is read in the source, also where the target has it: a tree that is there does not say that what it
/// names is. Level by level, so that the depth of a hostile tree costs no stack.
/// </summary>
internal sealed class TreeCopy(Repository source, BlobReader reader, BlobIndex index, BlobWriter writer, CopyOptions options) : IBlobReceiver
{
    /// <summary>So many pieces are fetched together: enough for large reads, and a bound of the memory.</summary>
    private const int BatchSize = 65_536;

    private const int TreesBetweenLooks = 256;

    private readonly BlobFetcher _fetcher = new(source, reader);
    private readonly HashSet<Id> _wanted = [];
    private readonly Lock _gate = new();
    private string? _why;

    /// <summary>The trees that were seen.</summary>
    internal HashSet<Id> Trees { get; } = [];

    /// <param name="root">The tree.</param>
    /// <param name="whole">Trees of which the target has everything for certain.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why the target has not everything now; null when it has, as soon as the writer is flushed.</returns>
    /// <exception cref="HoldfastException">Something else than a lost or damaged blob of the source.</exception>
    internal async Task<string?> ExecuteAsync(Id root, HashSet<Id> whole, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellationToken };
        for (IReadOnlyCollection<Id> level = [root]; level.Count > 0 && _why is null;)
        {
            var below = new ConcurrentBag<Id>();
            foreach (var trees in level.Where(tree => !whole.Contains(tree) && Trees.Add(tree)).Chunk(TreesBetweenLooks))
            {
                await Parallel.ForEachAsync(trees, parallel, (tree, token) => CopyAsync(tree, below, token)).ConfigureAwait(false);
                if (_wanted.Count >= BatchSize) await FetchAsync(cancellationToken).ConfigureAwait(false);
            }

            level = below;
        }

        if (_why is null) await FetchAsync(cancellationToken).ConfigureAwait(false);
        return _why;
    }

    public async ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await SaveAsync(BlobType.Data, content, cancellationToken).ConfigureAwait(false);

    public void Lose(Id id, string why) => Interlocked.CompareExchange(ref _why, why, null);

    private async ValueTask CopyAsync(Id tree, ConcurrentBag<Id> below, CancellationToken cancellationToken)
    {
        byte[] content;
        IReadOnlyList<Node> nodes;
        try
        {
            content = await reader.ReadAsync(new BlobHandle(BlobType.Tree, tree), cancellationToken).ConfigureAwait(false);
            nodes = TreeParser.Parse(content);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            Lose(tree, error.Message);
            return;
        }

        foreach (var node in nodes)
        {
            if (node is { Type: NodeType.Directory, Subtree: { IsNull: false } subtree }) below.Add(subtree);
            if (node.Type == NodeType.File && node.Content is { } pieces) Want(pieces);
        }

        await SaveAsync(BlobType.Tree, content, cancellationToken).ConfigureAwait(false);
    }

    private void Want(IReadOnlyList<Id> pieces)
    {
        foreach (var id in pieces)
        {
            if (index.IsStoredOrClaimed(new BlobHandle(BlobType.Data, id))) continue;
            lock (_gate) _wanted.Add(id);
        }
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        await _fetcher.FetchAsync(_wanted, this, options.Workers, cancellationToken).ConfigureAwait(false);
        _wanted.Clear();
    }

    private async Task SaveAsync(BlobType type, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var saved = await writer.SaveAsync(type, content, cancellationToken).ConfigureAwait(false);
        if (saved.IsNew) options.BytesDone?.Invoke(content.Length);
    }
}
