using System.Runtime.CompilerServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Walks the trees of a snapshot depth first, a folder before what it holds, reading only trees that are wanted or lead there. What
/// <see cref="SnapshotFolders"/> refuses ends it. One walk is used once.
/// </summary>
public sealed class SnapshotWalk(BlobReader reader, PathSelection selection)
{
    private readonly SnapshotFolders _folders = new(reader);

    /// <summary>Whether to look into a folder that is wanted; those that lead to something wanted are always entered.</summary>
    public Func<FilePath, bool> Enters { get; init; } = _ => true;

    /// <summary>Folders whose list is damaged, one sentence each. What is below them was not seen.</summary>
    public IReadOnlyList<string> Problems => _folders.Problems;

    /// <exception cref="Restic.Failures.HoldfastException">
    /// Damaged: a tree that no honest program writes. Nothing of such a snapshot should be used.
    /// </exception>
    public async IAsyncEnumerable<SnapshotEntry> EntriesAsync(
        Id root, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var levels = new Stack<Level>();
        await OpenAsync(levels, FilePath.Root, root, cancellationToken).ConfigureAwait(false);
        while (levels.TryPeek(out var level))
        {
            if (level.Next == level.Nodes.Count)
            {
                levels.Pop();
                continue;
            }

            var node = level.Nodes[level.Next++];
            var path = level.Path.Combine(node.Name.Span);
            var isLeading = node.Type == NodeType.Directory && selection.LeadsToIncluded(path);
            if (!selection.Includes(path) && !isLeading) continue;
            yield return new SnapshotEntry(path, node);
            if (node.Type == NodeType.Directory && (isLeading || Enters(path))) await OpenAsync(levels, path, node.Subtree, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OpenAsync(Stack<Level> levels, FilePath path, Id? tree, CancellationToken cancellationToken)
    {
        if (await _folders.ReadAsync(path, tree, levels.Count, cancellationToken).ConfigureAwait(false) is { } nodes) levels.Push(new Level(path, nodes));
    }

    private sealed class Level(FilePath path, IReadOnlyList<Node> nodes)
    {
        public FilePath Path => path;

        public IReadOnlyList<Node> Nodes => nodes;

        public int Next { get; set; }
    }
}
