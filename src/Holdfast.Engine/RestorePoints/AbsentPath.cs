using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Says that a path is not in a snapshot, how far it leads, and what was probably meant.</summary>
public sealed class AbsentPath(BlobReader reader, StoredSnapshot snapshot)
{
    /// <returns>NotFound, to be thrown.</returns>
    /// <exception cref="HoldfastException">Damaged: a tree that no honest program writes.</exception>
    public async Task<HoldfastException> ExplainAsync(FilePath path, CancellationToken cancellationToken) => new(
        FailureKind.NotFound,
        $"\"{path.Display}\" is not in snapshot {snapshot.Id.Short}",
        await HintAsync(path, cancellationToken).ConfigureAwait(false));

    private async Task<string> HintAsync(FilePath path, CancellationToken cancellationToken)
    {
        var folders = new SnapshotFolders(reader);
        var (folder, tree) = (FilePath.Root, (Restic.Format.Id?)snapshot.Snapshot.Tree);
        foreach (var (depth, component) in path.Components.Index())
        {
            if (await folders.ReadAsync(folder, tree, depth, cancellationToken).ConfigureAwait(false) is not { } nodes) break;
            if (nodes.FirstOrDefault(node => node.Name.Span.SequenceEqual(component.Span)) is not { } node)
            {
                return Spelling.Nearest(Encoding.UTF8.GetString(component.Span), nodes.Select(one => Encoding.UTF8.GetString(one.Name.Span))) is { } meant
                    ? $"did you mean \"{folder.Combine(meant).Display}\"?"
                    : Look(folder);
            }

            folder = folder.Combine(component.Span);
            if (node.Type != NodeType.Directory) return $"\"{folder.Display}\" is no folder there";
            tree = node.Subtree;
        }

        return Look(FilePath.Root);
    }

    private string Look(FilePath folder) =>
        $"`holdfast ls {snapshot.Id.Short}{(folder.IsRoot ? string.Empty : $" \"{folder.Display}\"")}` lists what is; an ID has hexadecimal digits only, and what has others is taken for a path";
}
