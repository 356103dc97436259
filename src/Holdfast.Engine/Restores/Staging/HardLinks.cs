using Holdfast.Restic.Format;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>
/// Finds the names of a snapshot that stood for one file: same device and inode, more than one link, and the same content.
/// </summary>
internal sealed class HardLinks
{
    private readonly Dictionary<(ulong Device, ulong Inode), RestoreItem> _first = [];
    private readonly List<(RestoreItem Name, RestoreItem Of)> _links = [];

    /// <summary>Names and the item that is restored for them.</summary>
    internal IReadOnlyList<(RestoreItem Name, RestoreItem Of)> Links => _links;

    /// <summary>False for another name of a file that was seen before.</summary>
    internal bool IsFirst(RestoreItem item)
    {
        var node = item.Node;
        // A database is exchanged by itself, and a linked one would lose the link to its journals.
        if (node.Links < 2 || node.Inode == 0 || item.IsDatabase || item.JournalOf is not null) return true;
        if (_first.TryAdd((node.DeviceId, node.Inode), item)) return true;
        var first = _first[(node.DeviceId, node.Inode)];
        if (!Same(first.Node.Content!, node.Content!)) return true;
        _links.Add((item, first));
        return false;
    }

    private static bool Same(IReadOnlyList<Id> left, IReadOnlyList<Id> right) => left.SequenceEqual(right);
}
