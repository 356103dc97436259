using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Checking;

/// <summary>
/// Finds the paths that findings hurt. Trees that turned out to lead to no damage are not entered again, so that after the first
/// snapshot only what is damaged is walked.
/// </summary>
internal sealed class HarmSearch(
    StoredTrees trees, IReadOnlyDictionary<BlobHandle, List<OpenFinding>> lost, IReadOnlyDictionary<Id, List<NodeDefect>> defects)
{
    private readonly HashSet<Id> _unharmed = [];

    internal async Task SearchAsync(StoredSnapshot snapshot, CancellationToken cancellationToken)
    {
        // A stack of its own: the depth of a hostile tree must not end the program.
        var stack = new Stack<Directory>();
        await EnterAsync(snapshot, snapshot.Snapshot.Tree, string.Empty, stack, cancellationToken).ConfigureAwait(false);
        while (stack.TryPeek(out var directory))
        {
            if (directory.NextSubdirectory() is { } node)
            {
                var path = PathOf(directory.Path, node.Name);
                directory.IsHurt |= await EnterAsync(snapshot, node.Subtree!.Value, path, stack, cancellationToken).ConfigureAwait(false);
                continue;
            }

            stack.Pop();
            if (!directory.IsHurt) _unharmed.Add(directory.Tree);
            if (stack.TryPeek(out var parent)) parent.IsHurt |= directory.IsHurt;
        }
    }

    private static string PathOf(string directory, ReadOnlyMemory<byte> name) => $"{directory}/{GoQuoting.Quote(name.Span)}";

    /// <summary>True when the tree itself is lost.</summary>
    private async Task<bool> EnterAsync(
        StoredSnapshot snapshot, Id tree, string path, Stack<Directory> stack, CancellationToken cancellationToken)
    {
        if (_unharmed.Contains(tree)) return false;
        var shown = path.Length == 0 ? "/" : path;
        if (lost.TryGetValue(new BlobHandle(BlobType.Tree, tree), out var findings))
        {
            foreach (var finding in findings) finding.Hurts(snapshot, shown);
        }

        IReadOnlyList<Node> nodes;
        try
        {
            nodes = await trees.ReadAsync(tree, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            // The walk before this one has told it, and nothing below it is known.
            return true;
        }

        var directory = new Directory(tree, path, nodes);
        // A folder that is lost though another copy can be read is hurt also when nothing in it is: the next snapshot that has it must
        // hear of it.
        directory.IsHurt = NoteDefects(snapshot, directory, shown) | NoteFiles(snapshot, directory) | findings is not null;
        stack.Push(directory);
        return findings is not null;
    }

    private bool NoteDefects(StoredSnapshot snapshot, Directory directory, string shown)
    {
        if (!defects.TryGetValue(directory.Tree, out var found)) return false;
        foreach (var defect in found)
            defect.Finding.Hurts(snapshot, defect.Name.IsEmpty ? shown : PathOf(directory.Path, defect.Name));
        return true;
    }

    private bool NoteFiles(StoredSnapshot snapshot, Directory directory)
    {
        var isHurt = false;
        foreach (var node in directory.Nodes)
        {
            if (node.Type != NodeType.File || node.Content is not { } content) continue;
            HashSet<OpenFinding>? findings = null;
            foreach (var id in content)
            {
                if (lost.TryGetValue(new BlobHandle(BlobType.Data, id), out var more)) (findings ??= []).UnionWith(more);
            }

            if (findings is null) continue;
            isHurt = true;
            var path = PathOf(directory.Path, node.Name);
            foreach (var finding in findings) finding.Hurts(snapshot, path);
        }

        return isHurt;
    }

    /// <summary>A directory that is being walked.</summary>
    private sealed class Directory(Id tree, string path, IReadOnlyList<Node> nodes)
    {
        private int _next;

        internal Id Tree => tree;

        internal string Path => path;

        internal IReadOnlyList<Node> Nodes => nodes;

        internal bool IsHurt { get; set; }

        internal Node? NextSubdirectory()
        {
            while (_next < nodes.Count)
            {
                var node = nodes[_next++];
                if (node is { Type: NodeType.Directory, Subtree.IsNull: false }) return node;
            }

            return null;
        }
    }
}
