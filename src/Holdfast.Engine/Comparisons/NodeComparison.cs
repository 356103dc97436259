using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Comparisons;

/// <summary>
/// What is different between two nodes of one name. Inode, device, change and access time and the number of links are left out: they say how
/// the file lay on its disk, and a restore does not bring them back.
/// </summary>
internal sealed class NodeComparison(BlobReader reader)
{
    /// <summary>How they differ; null when they do not. One of them may be null, not both.</summary>
    internal static ChangeKind? KindOf(Node? old, Node? current)
    {
        if (old is null) return ChangeKind.Added;
        if (current is null) return ChangeKind.Removed;
        if (old.Type != current.Type) return ChangeKind.Type;
        if (!IsSameContent(old, current)) return ChangeKind.Content;
        return MetadataOf(old, current).Count > 0 ? ChangeKind.Metadata : null;
    }

    internal static IReadOnlyList<string> MetadataOf(Node? old, Node? current)
    {
        if (old is null || current is null) return [];
        var differences = new List<string>();
        if (NodeMode.PermissionsOf(old.Mode) != NodeMode.PermissionsOf(current.Mode)) differences.Add("mode");
        if (old.Uid != current.Uid || old.Gid != current.Gid) differences.Add("owner");
        // A folder has another time whenever something in it comes or goes, and that is told by itself.
        if (current.Type != NodeType.Directory && old.ModifiedAt.CompareTo(current.ModifiedAt) != 0) differences.Add("time");
        if (!IsSameAttributes(old, current)) differences.Add("attributes");
        return differences;
    }

    /// <summary>Bytes of the chunks of a file that another one does not have; 0 for everything that is no file.</summary>
    internal long NewBytes(Node? old, Node? current)
    {
        if (current is not { Type: NodeType.File, Content: { } content }) return 0;
        if (old?.Content is not { Count: > 0 } had) return (long)Math.Min(current.Size, long.MaxValue);
        var known = had.ToHashSet();
        return content.Where(id => !known.Contains(id)).Sum(id => (long)(reader.Index.Locate(new BlobHandle(BlobType.Data, id))?.Blob.PlainLength ?? 0));
    }

    private static bool IsSameContent(Node old, Node current) => current.Type switch
    {
        NodeType.File => (old.Content ?? []).SequenceEqual(current.Content ?? []),
        NodeType.Symlink => (old.LinkTarget ?? default).Span.SequenceEqual((current.LinkTarget ?? default).Span),
        NodeType.BlockDevice or NodeType.CharacterDevice => old.Device == current.Device,
        _ => true,
    };

    private static bool IsSameAttributes(Node old, Node current) =>
        old.ExtendedAttributes.Count == current.ExtendedAttributes.Count
        && string.Equals(old.GenericAttributes, current.GenericAttributes, StringComparison.Ordinal)
        && Ordered(old).Zip(Ordered(current)).All(pair => pair.First.Name == pair.Second.Name && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span));

    private static IEnumerable<ExtendedAttribute> Ordered(Node node) => node.ExtendedAttributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal);
}
