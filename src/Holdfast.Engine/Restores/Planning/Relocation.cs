using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>
/// What a restore in place changes because this is another host, or the application another folder, than when the snapshot was made: the
/// root, and the numbers of owners, who are known by their names.
/// </summary>
internal sealed class Relocation
{
    private readonly FilePath? _from;
    private readonly FilePath? _to;
    private readonly FilePath? _skip;
    private readonly bool _mapsOwners;
    private readonly OwnerNumbers _numbers = new();
    private readonly SortedSet<string> _changes = new(StringComparer.Ordinal);

    private Relocation(FilePath? from, FilePath? to, FilePath? skip, bool mapsOwners) =>
        (_from, _to, _skip, _mapsOwners) = (from, to, skip, mapsOwners);

    /// <summary>What was changed, one sentence each.</summary>
    internal IReadOnlyCollection<string> Changes => _changes;

    internal static Relocation Of(RestoreOptions options, SnapshotRecord? record, Snapshot snapshot)
    {
        var mapsOwners = snapshot.Hostname != options.Identity.HostName;
        if (options.Place is not { } place || record?.Root is not { } root || FilePath.From(root) is var from && from == place.Root)
            return new Relocation(null, null, null, mapsOwners);
        // The manifest says where the application is: that of this host is right here.
        var manifest = record.Manifest is { } path ? FilePath.From(path) : null;
        return new Relocation(from, place.Root, FileSystem.Exists(place.Manifest) ? manifest : null, mapsOwners);
    }

    /// <summary>The item as it is to be on this host; null when it is not to be restored.</summary>
    internal RestoreItem? Apply(RestoreItem item)
    {
        if (_skip is not null && item.Source == _skip)
        {
            _changes.Add($"the manifest of this host stays; that of the snapshot is \"{item.Source.Display}\" in it");
            return null;
        }

        var moved = _from is not null && item.Source.IsUnder(_from) ? item with { Destination = Move(item.Source) } : item;
        return _mapsOwners ? WithOwner(moved) : moved;
    }

    private FilePath Move(FilePath source)
    {
        _changes.Add($"what was in \"{_from!.Display}\" goes to \"{_to!.Display}\"");
        return source.Rebase(_from, _to);
    }

    private RestoreItem WithOwner(RestoreItem item)
    {
        var (node, uid, gid) = (item.Node, item.Node.Uid, item.Node.Gid);
        if (node.User is { } user && _numbers.User(user) is { } here && here != uid)
        {
            _changes.Add($"the user {PrintableName.Escape(user)} is {here} on this host and was {uid}");
            uid = here;
        }

        if (node.Group is { } group && _numbers.Group(group) is { } there && there != gid)
        {
            _changes.Add($"the group {PrintableName.Escape(group)} is {there} on this host and was {gid}");
            gid = there;
        }

        return uid == node.Uid && gid == node.Gid ? item : item with { Node = node with { Uid = uid, Gid = gid } };
    }
}
