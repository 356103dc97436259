using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Repairing;

/// <summary>Makes single entries of a tree restorable.</summary>
internal static class NodeRepair
{
    /// <summary>Entries that can be written: in order, each name once, no name that leads elsewhere, no unknown type.</summary>
    internal static (List<Node> Nodes, TreeLosses Losses) Select(IReadOnlyList<Node> nodes)
    {
        var kept = new List<Node>(nodes.Count);
        var losses = TreeLosses.None;
        foreach (var node in nodes.OrderBy(node => node.Name, Comparer<ReadOnlyMemory<byte>>.Create((left, right) => NodeName.Compare(left.Span, right.Span))))
        {
            var isTwice = kept.Count > 0 && kept[^1].Name.Span.SequenceEqual(node.Name.Span);
            if (node.Type != NodeType.Unknown && NodeName.IsSafe(node.Name.Span) && !isTwice) kept.Add(node);
            else losses = losses.And(TreeLosses.Node(NameOf(node)));
        }

        return (kept, losses);
    }

    /// <summary>A file without the pieces that no index lists, with the size that follows.</summary>
    /// <param name="file">The file.</param>
    /// <param name="index">What there is.</param>
    /// <param name="missing">Takes what there is not.</param>
    internal static (Node Node, TreeLosses Losses) Repair(Node file, BlobIndex index, HashSet<BlobHandle> missing)
    {
        var content = file.Content ?? [];
        var left = new List<Id>(content.Count);
        var size = 0UL;
        foreach (var id in content)
        {
            var blob = new BlobHandle(BlobType.Data, id);
            if (id.IsNull) continue;
            if (index.Locate(blob) is not { } location)
            {
                missing.Add(blob);
                continue;
            }

            left.Add(id);
            size += (ulong)location.Blob.PlainLength;
        }

        var lost = content.Count - left.Count;
        if (lost > 0 || file.Content is null) return (file with { Content = left, Size = size }, TreeLosses.File(NameOf(file), lost));
        return size == file.Size ? (file, TreeLosses.None) : (file with { Size = size }, TreeLosses.Size(NameOf(file)));
    }

    internal static string NameOf(Node node) => GoQuoting.Quote(node.Name.Span);
}
