using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>Tree nodes for what came out of an archive.</summary>
internal static class ImportedNode
{
    private const uint StatFile = 0x8000;
    private const uint StatFolder = 0x4000;
    private const uint StatLink = 0xA000;

    internal static Node Of(FilePath path, ArchiveEntry entry, IReadOnlyList<Id>? content)
    {
        var (type, bits) = entry.Type switch
        {
            ArchiveEntry.File => (NodeType.File, StatFile),
            ArchiveEntry.Folder => (NodeType.Directory, StatFolder),
            _ => (NodeType.Symlink, StatLink),
        };
        var modified = Timestamp.Parse(entry.Modified);
        return new Node
        {
            Name = path.Name,
            Type = type,
            Mode = NodeMode.FromStat(bits | ArchiveListCheck.ModeOf(entry)),
            ModifiedAt = modified,
            AccessedAt = modified,
            ChangedAt = modified,
            Uid = entry.Uid,
            Gid = entry.Gid,
            User = entry.User,
            Group = entry.Group,
            Size = (ulong)entry.Size,
            Links = type == NodeType.File ? 1u : 0u,
            LinkTarget = type == NodeType.Symlink ? ArchiveListCheck.TargetOf(entry) : (ReadOnlyMemory<byte>?)null,
            Content = content,
        };
    }

    /// <summary>A database that came alone; nothing says whose it was.</summary>
    internal static Node OfDatabase(FilePath path, VerifiedDatabase database, Timestamp time, ClientIdentity owner, IReadOnlyList<Id> content) => new()
    {
        Name = path.Name,
        Type = NodeType.File,
        Mode = FilePermissions.PrivateFile,
        ModifiedAt = time,
        AccessedAt = time,
        ChangedAt = time,
        Uid = owner.Uid,
        Gid = owner.Gid,
        User = owner.UserName.Length == 0 ? null : owner.UserName,
        Size = (ulong)database.Bytes,
        Links = 1,
        Content = content,
    };
}
