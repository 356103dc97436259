using System.Collections.Concurrent;
using System.Globalization;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Checking;

/// <summary>
/// Walks every tree that snapshots refer to, each once, and looks whether all they need is there. Level by level, so that
/// the depth of a hostile tree costs no stack.
/// </summary>
internal sealed class TreeCheck(StoredTrees trees, FindingLog log, int workers)
{
    private readonly HashSet<Id> _seen = [];
    private int _read;

    /// <returns>How many different trees could be read.</returns>
    internal async Task<int> ExecuteAsync(IEnumerable<Id> roots, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        for (var level = Unseen(roots); level.Count > 0;)
        {
            var below = new ConcurrentBag<Id>();
            await Parallel.ForEachAsync(level, options, (tree, token) => CheckAsync(tree, below, token)).ConfigureAwait(false);
            level = Unseen(below);
        }

        return _read;
    }

    private List<Id> Unseen(IEnumerable<Id> ids) => [.. ids.Where(_seen.Add)];

    private async ValueTask CheckAsync(Id tree, ConcurrentBag<Id> below, CancellationToken cancellationToken)
    {
        var handle = new BlobHandle(BlobType.Tree, tree);
        if (!IsFound(handle)) return;
        IReadOnlyList<Node> nodes;
        try
        {
            nodes = await trees.ReadAsync(tree, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            log.UnreadableTree(handle, trees.Index.LocateAll(handle), error.Message);
            return;
        }

        Interlocked.Increment(ref _read);
        CheckNames(tree, nodes);
        foreach (var node in nodes) CheckNode(tree, node, below);
    }

    /// <summary>False, and logged, when no pack has the blob.</summary>
    private bool IsFound(BlobHandle handle)
    {
        if (trees.Index.Contains(handle)) return true;
        if (trees.Unlisted.Index.Contains(handle))
        {
            log.Unlisted(handle, trees.Unlisted.Blame(handle));
            return true;
        }

        log.Missing(handle);
        return false;
    }

    private void CheckNames(Id tree, IReadOnlyList<Node> nodes)
    {
        var (isOrdered, isDistinct) = (true, true);
        for (var i = 1; i < nodes.Count; i++)
        {
            var order = NodeName.Compare(nodes[i - 1].Name.Span, nodes[i].Name.Span);
            isOrdered &= order <= 0;
            isDistinct &= order != 0;
        }

        if (isOrdered && isDistinct) return;
        if (!isOrdered)
            log.Defect(tree, CheckSeverity.Hint, default, "its entries are not in order, which newer programs rely on when they compare snapshots");
        foreach (var same in nodes.GroupBy(node => Convert.ToHexString(node.Name.Span)).Where(group => group.Count() > 1))
            Error(tree, same.First(), "is there several times");
    }

    private void CheckNode(Id tree, Node node, ConcurrentBag<Id> below)
    {
        if (!NodeName.IsSafe(node.Name.Span)) Error(tree, node, "has a name that is no single path component; no program restores it");
        switch (node.Type)
        {
            case NodeType.File:
                CheckFile(tree, node);
                break;
            case NodeType.Directory when node.Subtree is { IsNull: false } subtree:
                below.Add(subtree);
                break;
            case NodeType.Directory:
                Error(tree, node, "is a directory without a tree");
                break;
            case NodeType.Unknown:
                Error(tree, node, "has an unknown type");
                break;
        }
    }

    private void CheckFile(Id tree, Node node)
    {
        if (node.Content is not { } content)
        {
            Error(tree, node, "is a file without a list of contents");
            return;
        }

        var size = 0L;
        foreach (var id in content)
        {
            if (id.IsNull)
            {
                Error(tree, node, "has a null ID among its contents");
                return;
            }

            var handle = new BlobHandle(BlobType.Data, id);
            if (trees.Index.Locate(handle) is { } location) size += location.Blob.PlainLength;
            else if (IsFound(handle)) size += trees.Unlisted.Index.Locate(handle)!.Value.Blob.PlainLength;
            else return;
        }

        if ((ulong)size == node.Size) return;
        var message = string.Create(CultureInfo.InvariantCulture, $"says it has {node.Size} bytes, though its contents have {size}");
        Defect(tree, CheckSeverity.Hint, node, message);
    }

    private void Error(Id tree, Node node, string message) => Defect(tree, CheckSeverity.Error, node, message);

    private void Defect(Id tree, CheckSeverity severity, Node node, string message) =>
        log.Defect(tree, severity, node.Name, $"its entry \"{GoQuoting.Quote(node.Name.Span)}\" {message}");
}
