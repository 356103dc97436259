using System.Runtime.CompilerServices;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Comparisons;

/// <summary>
/// Walks two trees side by side, depth first, and passes over folders whose lists have the same ID without reading them. In memory are the
/// folders on the way down, no more. One comparison is used once.
/// </summary>
/// <param name="reader">Where the trees are.</param>
/// <param name="ignores">Paths that are not compared, nor what is below.</param>
public sealed class TreeComparison(BlobReader reader, Func<FilePath, bool> ignores)
{
    private readonly SnapshotFolders _folders = new(reader);
    private readonly NodeComparison _nodes = new(reader);

    /// <summary>Folders whose list is damaged, one sentence each. What is below them was not compared.</summary>
    public IReadOnlyList<string> Problems => _folders.Problems;

    /// <summary>Every difference, in the order of the paths' components; a folder before what it holds.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">Damaged: a tree that no honest program writes.</exception>
    public async IAsyncEnumerable<TreeChange> ChangesAsync(Id old, Id current, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (old == current) yield break;
        var levels = new Stack<Level>();
        levels.Push(await OpenAsync(FilePath.Root, Folder(old), Folder(current), 0, cancellationToken).ConfigureAwait(false));
        while (levels.TryPeek(out var level))
        {
            if (level.Next == level.Pairs.Count)
            {
                levels.Pop();
                continue;
            }

            var (before, after) = level.Pairs[level.Next++];
            var path = level.Path.Combine((after ?? before!).Name.Span);
            if (ignores(path)) continue;
            if (NodeComparison.KindOf(before, after) is { } kind)
                yield return new TreeChange(path, kind, before, after, _nodes.NewBytes(before, after), NodeComparison.MetadataOf(before, after));
            if (IsDifferentFolder(before, after))
                levels.Push(await OpenAsync(path, before, after, levels.Count, cancellationToken).ConfigureAwait(false));
        }
    }

    private static Node Folder(Id tree) => new() { Name = default, Type = NodeType.Directory, Subtree = tree };

    private static bool IsDifferentFolder(Node? old, Node? current)
    {
        var (had, has) = (old?.Type == NodeType.Directory, current?.Type == NodeType.Directory);
        return (had || has) && !(had && has && old!.Subtree is { } tree && tree == current!.Subtree);
    }

    private async Task<Level> OpenAsync(FilePath path, Node? old, Node? current, int depth, CancellationToken cancellationToken)
    {
        var before = await NodesAsync(path, old, depth, cancellationToken).ConfigureAwait(false);
        var after = await NodesAsync(path, current, depth, cancellationToken).ConfigureAwait(false);
        // What cannot be read on one side is unknown and not removed or added.
        return new Level(path, before is null || after is null ? [] : Pairs(before, after));
    }

    private async Task<IReadOnlyList<Node>?> NodesAsync(FilePath path, Node? node, int depth, CancellationToken cancellationToken) =>
        node?.Type == NodeType.Directory ? await _folders.ReadAsync(path, node.Subtree, depth, cancellationToken).ConfigureAwait(false) : [];

    /// <summary>The nodes of both by name; lists may be in any order, though no program writes them so.</summary>
    private static List<(Node? Old, Node? New)> Pairs(IReadOnlyList<Node> old, IReadOnlyList<Node> current)
    {
        var (before, after) = (Sorted(old), Sorted(current));
        var pairs = new List<(Node?, Node?)>(Math.Max(before.Count, after.Count));
        int left = 0, right = 0;
        while (left < before.Count || right < after.Count)
        {
            var order = left == before.Count ? 1 : right == after.Count ? -1 : NodeName.Compare(before[left].Name.Span, after[right].Name.Span);
            pairs.Add((order <= 0 ? before[left++] : null, order >= 0 ? after[right++] : null));
        }

        return pairs;
    }

    private static List<Node> Sorted(IReadOnlyList<Node> nodes)
    {
        var sorted = nodes.ToList();
        sorted.Sort((left, right) => NodeName.Compare(left.Name.Span, right.Name.Span));
        return sorted;
    }

    private sealed class Level(FilePath path, List<(Node? Old, Node? New)> pairs)
    {
        public FilePath Path => path;

        public List<(Node? Old, Node? New)> Pairs => pairs;

        public int Next { get; set; }
    }
}
