using System.Text;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>Puts what was taken from servers into the snapshot: a folder for each database, in one folder beside the record.</summary>
internal sealed class ServedTree(TreeArchiverParts parts, ClientIdentity owner)
{
    /// <param name="parentRoot">The root of the parent snapshot.</param>
    /// <param name="saveTree">Writes the tree of one folder.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The node of the folder beside the record; null when nothing was taken.</returns>
    internal async Task<Node?> SaveAsync(ParentDirectory parentRoot, Func<List<Node>, Task<Id>> saveTree, CancellationToken cancellationToken)
    {
        var place = parts.Served.Folder;
        var parent = parentRoot;
        foreach (var component in place.Components) parent = await parent.OpenAsync(component.Span, cancellationToken).ConfigureAwait(false);
        var folders = new List<Node>();
        foreach (var (database, saved) in parts.Served.Finish())
        {
            var root = new Folder(database.Name, null);
            foreach (var folder in saved.Folders) root.At(folder.Name).ModifiedAt = folder.ModifiedAt;
            foreach (var file in saved.Files) root.Add(file);
            folders.Add(await SaveAsync(root, parent, saveTree, cancellationToken).ConfigureAwait(false));
        }

        return folders.Count == 0 ? null : RecordNodes.Folder(place, parts.Now, owner) with { Subtree = await saveTree(folders).ConfigureAwait(false) };
    }

    private async Task<Node> SaveAsync(Folder folder, ParentDirectory above, Func<List<Node>, Task<Id>> saveTree, CancellationToken cancellationToken)
    {
        var name = Encoding.UTF8.GetBytes(folder.Name);
        var parent = await above.OpenAsync(name, cancellationToken).ConfigureAwait(false);
        var nodes = new List<Node>();
        foreach (var below in folder.Folders) nodes.Add(await SaveAsync(below, parent, saveTree, cancellationToken).ConfigureAwait(false));
        foreach (var (fileName, file) in folder.Files)
        {
            var node = RecordNodes.File(Encoding.UTF8.GetBytes(fileName), file.ModifiedAt ?? parts.Now, owner, file.Content, file.Size) with { Mode = file.Permissions };
            parts.Log.Changes.File(node, parent.Find(node.Name.Span));
            nodes.Add(node);
        }

        return RecordNodes.Folder(name, folder.ModifiedAt ?? parts.Now, owner) with { Subtree = await saveTree(nodes).ConfigureAwait(false) };
    }

    private sealed class Folder(string name, Timestamp? modifiedAt)
    {
        private readonly Dictionary<string, Folder> _folders = new(StringComparer.Ordinal);
        private readonly List<(string Name, ServedFile File)> _files = [];

        internal string Name => name;

        /// <summary>Null for the moment of the backup.</summary>
        internal Timestamp? ModifiedAt { get; set; } = modifiedAt;

        internal IEnumerable<Folder> Folders => _folders.Values;

        internal IEnumerable<(string Name, ServedFile File)> Files => _files;

        internal void Add(ServedFile file)
        {
            var slash = file.Name.LastIndexOf('/');
            (slash < 0 ? this : At(file.Name[..slash]))._files.Add((file.Name[(slash + 1)..], file));
        }

        /// <summary>The folder of a path below this one, made where it is not there.</summary>
        internal Folder At(string path)
        {
            var folder = this;
            foreach (var part in path.Split('/'))
            {
                if (!folder._folders.TryGetValue(part, out var below)) folder._folders[part] = below = new Folder(part, null);
                folder = below;
            }

            return folder;
        }
    }
}
