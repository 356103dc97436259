using Holdfast.Engine.Files;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>Tree nodes for what is no file on the disk: the snapshot's record, and what was taken from servers.</summary>
internal static class RecordNodes
{
    private const uint DirectoryMode = 0x8000_0000 | FilePermissions.PrivateDirectory;

    internal static Node Folder(FilePath path, Timestamp now, ClientIdentity owner) =>
        Folder(path.Name, now, owner);

    internal static Node Folder(ReadOnlyMemory<byte> name, Timestamp now, ClientIdentity owner) =>
        New(name, NodeType.Directory, DirectoryMode, now, owner);

    internal static Node File(ReadOnlyMemory<byte> name, Timestamp now, ClientIdentity owner, IReadOnlyList<Id> content, long size) =>
        New(name, NodeType.File, FilePermissions.PrivateFile, now, owner) with { Content = content, Size = (ulong)size, Links = 1 };

    private static Node New(ReadOnlyMemory<byte> name, NodeType type, uint mode, Timestamp now, ClientIdentity owner) => new()
    {
        Name = name,
        Type = type,
        Mode = mode,
        ModifiedAt = now,
        AccessedAt = now,
        ChangedAt = now,
        Uid = owner.Uid,
        Gid = owner.Gid,
        User = owner.UserName.Length == 0 ? null : owner.UserName,
    };
}
