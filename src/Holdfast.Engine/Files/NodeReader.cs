using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Files;

/// <summary>
/// Describes a file as restic 0.14 does (section 7.1): access time equal to modification time, links only for files, symbolic links and
/// devices, size only for files, the device it is on always. Content and subtree are the caller's.
/// </summary>
public sealed class NodeReader(TimeZoneInfo zone, OwnerNames owners)
{
    /// <summary>The node of the file at <paramref name="path"/>, named by the path's last component.</summary>
    /// <param name="path">The file; its link target and extended attributes are read from it.</param>
    /// <param name="status">Its status, links not followed.</param>
    /// <exception cref="Restic.Failures.HoldfastException">NotFound: vanished meanwhile. Failed: attributes or target cannot be
    /// read.</exception>
    public Node Read(FilePath path, FileStatus status)
    {
        var modified = ToTimestamp(status.ModifiedAt);
        return new Node
        {
            Name = path.Name,
            Type = status.Type,
            Mode = NodeMode.FromStat(status.Mode),
            ModifiedAt = modified,
            AccessedAt = modified,
            ChangedAt = ToTimestamp(status.ChangedAt),
            Uid = status.Uid,
            Gid = status.Gid,
            User = owners.User(status.Uid),
            Group = owners.Group(status.Gid),
            Inode = status.Inode,
            DeviceId = status.DeviceId,
            Size = status.IsFile ? status.Size : 0,
            Links = HasLinks(status.Type) ? status.Links : 0,
            LinkTarget = status.IsSymlink ? (ReadOnlyMemory<byte>?)FileSystem.ReadLink(path) : null,
            ExtendedAttributes = FileAttributeStore.Read(path),
            Device = IsDevice(status.Type) ? status.Device : 0,
        };
    }

    private static bool IsDevice(NodeType type) => type is NodeType.BlockDevice or NodeType.CharacterDevice;

    private static bool HasLinks(NodeType type) => type is NodeType.File or NodeType.Symlink || IsDevice(type);

    private Timestamp ToTimestamp(FileTime time) => Timestamp.FromUnix(time.Seconds, time.Nanoseconds, zone);
}
