using System.Text;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>Nodes by their paths, made into the trees of a snapshot. Folders that nobody named get what a new folder would have.</summary>
internal sealed class ImportedTree(BlobWriter writer, Timestamp time, ClientIdentity owner)
{
    private const uint LeadingMode = 0x8000_0000 | 0x1ED; // a folder, 0755

    private readonly Folder _root = new(FilePath.Root);

    /// <summary>Adds a file, link or folder; its tree or content is in the node or, for folders, made here.</summary>
    internal void Add(FilePath path, Node node)
    {
        if (node.Type == NodeType.Directory) FolderAt(path).Node = node;
        else FolderAt(path.Parent!).Nodes[path] = node;
    }

    /// <summary>Adds the snapshot's record where its readers look for it.</summary>
    internal async Task AddRecordAsync(SnapshotRecord record, IEnumerable<FilePath> paths, CancellationToken cancellationToken)
    {
        var json = record.Serialize();
        var saved = await writer.SaveAsync(BlobType.Data, json, cancellationToken).ConfigureAwait(false);
        var folder = RecordPlace.FolderFor(record.Manifest is { } manifest ? FilePath.From(manifest) : null, paths, []);
        var at = FolderAt(folder);
        at.Node ??= RecordNodes.Folder(folder, time, owner);
        var name = Encoding.UTF8.GetBytes(RecordPlace.FileName);
        at.Nodes[folder.Combine(name)] = RecordNodes.File(name, time, owner, [saved.Id], json.Length);
    }

    /// <summary>Saves the trees from the leaves up and returns the ID of the topmost.</summary>
    internal Task<Id> SaveAsync(CancellationToken cancellationToken) => SaveAsync(_root, cancellationToken);

    private async Task<Id> SaveAsync(Folder folder, CancellationToken cancellationToken)
    {
        var nodes = new List<Node>(folder.Nodes.Values);
        foreach (var below in folder.Folders.Values)
        {
            var subtree = await SaveAsync(below, cancellationToken).ConfigureAwait(false);
            nodes.Add((below.Node ?? Leading(below.Path)) with { Subtree = subtree });
        }

        nodes.Sort(static (left, right) => NodeName.Compare(left.Name.Span, right.Name.Span));
        var saved = await writer.SaveAsync(BlobType.Tree, TreeSerializer.Serialize(nodes), cancellationToken).ConfigureAwait(false);
        return saved.Id;
    }

    private Folder FolderAt(FilePath path)
    {
        var at = _root;
        foreach (var part in path.Components)
        {
            var below = at.Path.Combine(part.Span);
            if (!at.Folders.TryGetValue(below, out var found)) at.Folders.Add(below, found = new Folder(below));
            at = found;
        }

        return at;
    }

    private Node Leading(FilePath path) => new()
    {
        Name = path.Name,
        Type = NodeType.Directory,
        Mode = LeadingMode,
        ModifiedAt = time,
        AccessedAt = time,
        ChangedAt = time,
    };

    private sealed class Folder(FilePath path)
    {
        internal FilePath Path => path;

        internal Node? Node { get; set; }

        internal Dictionary<FilePath, Node> Nodes { get; } = [];

        internal Dictionary<FilePath, Folder> Folders { get; } = [];
    }
}
