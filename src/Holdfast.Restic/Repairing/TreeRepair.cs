using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Repairing;

/// <summary>
/// Makes trees of which everything that is still named can be restored (section 10.4). Each tree is looked at once, whoever has it; the depth of
/// a hostile one costs no stack.
/// </summary>
/// <param name="reader">Reads the trees, and knows which blobs there are.</param>
/// <param name="save">Stores a new tree, or only says what its ID would be.</param>
internal sealed class TreeRepair(BlobReader reader, Func<byte[], CancellationToken, ValueTask<Id>> save)
{
    private readonly Dictionary<Id, RepairedTree> _done = [];
    private readonly HashSet<BlobHandle> _missing = [];

    /// <summary>What trees refer to and no index lists.</summary>
    internal IReadOnlySet<BlobHandle> Missing => _missing;

    /// <summary>A tree in the place of this one; null when nothing of it can be read.</summary>
    internal async Task<RepairedTree?> RepairAsync(Id root, CancellationToken cancellationToken)
    {
        var stack = new Stack<Open>();
        if (await TryFinishedAsync(root, stack, cancellationToken).ConfigureAwait(false) is { } known) return known.IsReadable ? known : null;
        while (true)
        {
            var directory = stack.Peek();
            if (directory.Next() is { } node)
            {
                var below = node.Subtree is { IsNull: false } subtree
                    ? await TryFinishedAsync(subtree, stack, cancellationToken).ConfigureAwait(false)
                    : RepairedTree.Unreadable;
                if (below is not null) directory.Replace(below, await EmptyFor(below, cancellationToken).ConfigureAwait(false));
                continue;
            }

            stack.Pop();
            var repaired = await CloseAsync(directory, cancellationToken).ConfigureAwait(false);
            _done[directory.Tree] = repaired;
            if (!stack.TryPeek(out var parent)) return repaired;
            parent.Replace(repaired, default);
        }
    }

    /// <summary>What is known of the tree; null, and it is the top of the stack then, when its entries have to be looked at first.</summary>
    private async Task<RepairedTree?> TryFinishedAsync(Id tree, Stack<Open> stack, CancellationToken cancellationToken)
    {
        if (_done.TryGetValue(tree, out var known)) return known;
        var handle = new BlobHandle(BlobType.Tree, tree);
        if (!reader.Index.Contains(handle))
        {
            _missing.Add(handle);
            return _done[tree] = RepairedTree.Unreadable;
        }

        var content = await ReadAsync(handle, cancellationToken).ConfigureAwait(false);
        try
        {
            stack.Push(new Open(tree, TreeParser.Parse(content), reader.Index, _missing));
            return null;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            // It was stored like this: no tree at all.
            return _done[tree] = RepairedTree.Unreadable;
        }
    }

    /// <summary>
    /// What the index lists has to be good: a damaged pack may have hurt more than this, and what is stored instead may need the same blob.
    /// </summary>
    private async Task<byte[]> ReadAsync(BlobHandle tree, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(tree, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            var packs = string.Join(' ', reader.Index.LocateAll(tree).Select(copy => copy.Pack.ToString()).Distinct());
            throw new HoldfastException(
                FailureKind.Damaged, $"{error.Message}; nothing was changed", $"run `holdfast repair packs {packs}` first, then this again", error);
        }
    }

    private ValueTask<Id> EmptyFor(RepairedTree below, CancellationToken cancellationToken) =>
        below.IsReadable ? default : save(TreeSerializer.Serialize([]), cancellationToken);

    private async ValueTask<RepairedTree> CloseAsync(Open directory, CancellationToken cancellationToken) => directory.Losses.IsEmpty
        ? new RepairedTree(directory.Tree, TreeLosses.None)
        : new RepairedTree(await save(TreeSerializer.Serialize(directory.Nodes), cancellationToken).ConfigureAwait(false), directory.Losses);

    /// <summary>A directory of which the entries are being looked at.</summary>
    private sealed class Open
    {
        private int _at = -1;

        internal Open(Id tree, IReadOnlyList<Node> nodes, Indexes.BlobIndex index, HashSet<BlobHandle> missing)
        {
            Tree = tree;
            (Nodes, Losses) = NodeRepair.Select(nodes);
            for (var i = 0; i < Nodes.Count; i++)
            {
                if (Nodes[i].Type != NodeType.File) continue;
                (Nodes[i], var losses) = NodeRepair.Repair(Nodes[i], index, missing);
                Losses = Losses.And(losses);
            }
        }

        internal Id Tree { get; }

        internal List<Node> Nodes { get; }

        internal TreeLosses Losses { get; private set; }

        internal Node? Next()
        {
            while (++_at < Nodes.Count)
            {
                if (Nodes[_at].Type == NodeType.Directory) return Nodes[_at];
            }

            return null;
        }

        /// <summary>Puts what became of it in the place of the directory that <see cref="Next"/> gave last.</summary>
        internal void Replace(RepairedTree tree, Id empty)
        {
            var node = Nodes[_at];
            var name = NodeRepair.NameOf(node);
            var losses = tree.IsReadable ? tree.Losses.Below(name) : TreeLosses.Directory(name);
            if (losses.IsEmpty) return;
            Losses = Losses.And(losses);
            Nodes[_at] = node with { Subtree = tree.IsReadable ? tree.Id : empty };
        }
    }
}

/// <summary>What became of a tree.</summary>
/// <param name="Id">The tree in its place; the same one when nothing is wrong.</param>
/// <param name="Losses">What is missing from it.</param>
internal sealed record RepairedTree(Id Id, TreeLosses Losses)
{
    internal static readonly RepairedTree Unreadable = new(default, TreeLosses.None);

    internal bool IsReadable => !Id.IsNull;
}
