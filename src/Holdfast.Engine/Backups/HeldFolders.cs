using Holdfast.Engine.Files;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Folders whose trees cannot be written during the walk, because something in them comes later: a declared database, or the snapshot's record. They are
/// kept with their nodes, and written from the leaves up when everything has come.
/// </summary>
internal sealed class HeldFolders
{
    private readonly HashSet<FilePath> _awaiting = [];
    private readonly Dictionary<FilePath, Held> _held = [];

    /// <summary>Says that the node at a path comes later: the folders above it are held from now on.</summary>
    internal void Await(FilePath path)
    {
        var folder = path.Parent;
        while (folder is not null && _awaiting.Add(folder)) folder = folder.Parent;
    }

    internal bool IsAwaiting(FilePath folder) => _awaiting.Contains(folder);

    /// <param name="path">A folder that is awaiting something.</param>
    /// <param name="node">Its node, without a tree.</param>
    /// <param name="nodes">What it holds already.</param>
    /// <param name="isOnlyLeading">It is in the snapshot only for the sake of what it holds.</param>
    /// <param name="saved">Told the tree when it is written.</param>
    internal void Hold(FilePath path, Node node, List<Node> nodes, bool isOnlyLeading, Action<Id>? saved = null) =>
        _held[path] = new Held(node, nodes, isOnlyLeading, saved);

    /// <summary>Something that was awaited; its folder is held.</summary>
    internal void Add(FilePath folder, Node node)
    {
        var nodes = _held[folder].Nodes;
        nodes.RemoveAll(other => other.Name.Span.SequenceEqual(node.Name.Span));
        nodes.Add(node);
    }

    internal bool IsHeld(FilePath folder) => _held.ContainsKey(folder);

    /// <summary>Writes all folders and returns the tree of the root.</summary>
    /// <param name="save">Writes the tree of one folder.</param>
    internal async Task<Id> WriteAsync(Func<List<Node>, Task<Id>> save)
    {
        foreach (var (path, held) in _held.Where(pair => !pair.Key.IsRoot).OrderByDescending(pair => pair.Key.Components.Count))
        {
            var above = path.Parent!;
            if (held.IsOnlyLeading && held.Nodes.Count == 0)
            {
                _held[above].Nodes.RemoveAll(other => other.Name.Span.SequenceEqual(path.Name.Span));
                continue;
            }

            var tree = await save(held.Nodes).ConfigureAwait(false);
            held.Saved?.Invoke(tree);
            Add(above, held.Node with { Subtree = tree });
        }

        return await save(_held[FilePath.Root].Nodes).ConfigureAwait(false);
    }

    private sealed record Held(Node Node, List<Node> Nodes, bool IsOnlyLeading, Action<Id>? Saved);
}
