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
        var folders = new List<Node>();
        foreach (var (database, files) in parts.Served.Finish())
        {
            var folder = parts.Served.FolderOf(database);
            var nodes = new List<Node>();
            foreach (var file in files)
            {
                var node = RecordNodes.File(Encoding.UTF8.GetBytes(file.Name), parts.Now, owner, file.Content, file.Size);
                parts.Log.Changes.File(node, await parentRoot.FindAsync(folder.Combine(file.Name), cancellationToken).ConfigureAwait(false));
                nodes.Add(node);
            }

            folders.Add(RecordNodes.Folder(folder, parts.Now, owner) with { Subtree = await saveTree(nodes).ConfigureAwait(false) });
        }

        if (folders.Count == 0) return null;
        return RecordNodes.Folder(parts.Served.Folder, parts.Now, owner) with { Subtree = await saveTree(folders).ConfigureAwait(false) };
    }
}
