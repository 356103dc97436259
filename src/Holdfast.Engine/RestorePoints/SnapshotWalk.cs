using System.Runtime.CompilerServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// Walks the trees of a snapshot depth first, a folder before what it holds, reading only trees that are wanted or lead there. A
/// repository may be hostile: names that are no file names, the same name twice and folders without end are refused. One walk is used once.
/// </summary>
public sealed class SnapshotWalk(BlobReader reader, PathSelection selection)
{
    /// <summary>Folders in folders; the longest path that Linux takes (4096 bytes) has fewer.</summary>
    private const int DeepestLevel = 4096;

    private readonly List<string> _problems = [];

    /// <summary>Folders whose list is damaged, one sentence each. What is below them was not seen.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <exception cref="HoldfastException">
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
            if (node.Type == NodeType.Directory) await OpenAsync(levels, path, node.Subtree, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OpenAsync(Stack<Level> levels, FilePath path, Id? tree, CancellationToken cancellationToken)
    {
        if (levels.Count == DeepestLevel) throw Hostile(path, $"folders are nested more than {DeepestLevel} deep");
        if (tree is not { } id)
        {
            _problems.Add($"\"{path.Display}\": the snapshot does not say what is in this folder");
            return;
        }

        IReadOnlyList<Node> nodes;
        try
        {
            nodes = await reader.ReadTreeAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.NotFound or FailureKind.Damaged)
        {
            _problems.Add($"\"{path.Display}\": the list of what is in this folder is damaged: {error.Message}");
            return;
        }

        RefuseHostile(path, nodes);
        levels.Push(new Level(path, nodes));
    }

    private static void RefuseHostile(FilePath folder, IReadOnlyList<Node> nodes)
    {
        var seen = new HashSet<ReadOnlyMemory<byte>>(nodes.Count, NameComparer.Instance);
        foreach (var node in nodes)
        {
            var name = PrintableName.Escape(node.Name.Span);
            if (!NodeName.IsSafe(node.Name.Span))
                throw Hostile(folder, $"it holds \"{name}\", which is not a file name and would lead elsewhere");
            if (!seen.Add(node.Name)) throw Hostile(folder, $"it holds \"{name}\" twice");
        }
    }

    private static HoldfastException Hostile(FilePath folder, string why) => new(
        FailureKind.Damaged,
        $"the snapshot's folder \"{folder.Display}\" is refused: {why}",
        "this snapshot was tampered with, or written by a faulty program: use another one");

    private sealed class Level(FilePath path, IReadOnlyList<Node> nodes)
    {
        public FilePath Path => path;

        public IReadOnlyList<Node> Nodes => nodes;

        public int Next { get; set; }
    }

    private sealed class NameComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static NameComparer Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> name)
        {
            var hash = default(HashCode);
            hash.AddBytes(name.Span);
            return hash.ToHashCode();
        }
    }
}
