using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Statistics;

/// <summary>
/// How many files each tree holds and of which size; every tree is measured once, however many snapshots share it. About 100 bytes of memory
/// for each tree, and 40 for each folder in one. Adding is thread-safe.
/// </summary>
internal sealed class TreeMeasures
{
    private readonly Dictionary<Id, Measure> _trees = [];
    private readonly Dictionary<Id, Total> _totals = [];
    private readonly Lock _gate = new();

    internal void Add(Id tree, IReadOnlyList<Node> nodes)
    {
        lock (_gate)
        {
            if (!_trees.ContainsKey(tree)) _trees.Add(tree, Measure.Of(nodes));
        }
    }

    /// <summary>What restoring a tree writes: a file that several names share is written once.</summary>
    internal (long Files, long Bytes) Restored(Id tree)
    {
        var total = TotalOf(tree);
        return (total.Files, total.HasLinks ? Sum(total.Bytes, LinkedBytes(tree)) : total.Bytes);
    }

    /// <summary>Without recursion, so that the depth of a hostile tree costs no stack.</summary>
    private Total TotalOf(Id root)
    {
        var waiting = new Stack<Id>([root]);
        while (waiting.TryPeek(out var tree))
        {
            var measure = _trees[tree];
            var missing = _totals.ContainsKey(tree) ? [] : measure.Folders.Where(folder => !_totals.ContainsKey(folder)).ToList();
            if (missing.Count == 0)
            {
                _totals.TryAdd(tree, measure.Folders.Select(folder => _totals[folder]).Aggregate(new Total(measure.Files, measure.Bytes, measure.Links.Count > 0), Sum));
                waiting.Pop();
            }

            foreach (var folder in missing) waiting.Push(folder);
        }

        return _totals[root];
    }

    private long LinkedBytes(Id root)
    {
        var (trees, files) = (new HashSet<Id> { root }, new HashSet<(ulong, ulong)>());
        var waiting = new Stack<Id>([root]);
        long bytes = 0;
        while (waiting.TryPop(out var tree))
        {
            foreach (var link in _trees[tree].Links.Where(link => files.Add((link.Inode, link.Device)))) bytes = Sum(bytes, link.Bytes);
            foreach (var folder in _trees[tree].Folders.Where(folder => _totals[folder].HasLinks && trees.Add(folder))) waiting.Push(folder);
        }

        return bytes;
    }

    private static Total Sum(Total left, Total right) => new(Sum(left.Files, right.Files), Sum(left.Bytes, right.Bytes), left.HasLinks || right.HasLinks);

    /// <summary>A hostile tree may hold itself many times over; there is no more than the most.</summary>
    private static long Sum(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;

    private readonly record struct Total(long Files, long Bytes, bool HasLinks);

    /// <summary>A file that has other names too.</summary>
    private readonly record struct Link(ulong Inode, ulong Device, long Bytes);

    /// <summary>One tree without what is below it.</summary>
    private sealed record Measure(long Files, long Bytes, IReadOnlyList<Link> Links, IReadOnlyList<Id> Folders)
    {
        internal static Measure Of(IReadOnlyList<Node> nodes)
        {
            var (files, bytes, links) = (0L, 0L, new List<Link>());
            foreach (var node in nodes.Where(node => node.Type == NodeType.File))
            {
                files++;
                var size = (long)Math.Min(node.Size, long.MaxValue);
                if (node is { Links: > 1, Inode: not 0 }) links.Add(new Link(node.Inode, node.DeviceId, size));
                else bytes = Sum(bytes, size);
            }

            Id[] folders = [.. nodes.Where(node => node is { Type: NodeType.Directory, Subtree.IsNull: false }).Select(node => node.Subtree!.Value)];
            return new Measure(files, bytes, links.Count == 0 ? [] : [.. links], folders);
        }
    }
}
