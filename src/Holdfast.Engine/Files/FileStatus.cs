using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Files;

/// <summary>What the system says about a file (statx(2), inode(7)).</summary>
public readonly record struct FileStatus
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public required NodeType Type { get; init; }

    /// <summary>st_mode: type and permission bits as the system has them; see <see cref="NodeMode"/> for restic's form.</summary>
    public required uint Mode { get; init; }

    /// <summary>Bytes.</summary>
    public required ulong Size { get; init; }

    /// <summary>Allocated space in units of 512 bytes; less than the size for a sparse file.</summary>
    public required ulong Blocks { get; init; }

    public required FileTime ModifiedAt { get; init; }

    public required FileTime ChangedAt { get; init; }

    public required FileTime AccessedAt { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required ulong Inode { get; init; }

    /// <summary>st_dev as one number, in the encoding of <see cref="DeviceNumber"/>.</summary>
    public required ulong DeviceId { get; init; }

    /// <summary>st_rdev: which device a device node stands for; 0 otherwise.</summary>
    public required ulong Device { get; init; }

    public required ulong Links { get; init; }

    public FileIdentity Identity => new(DeviceId, Inode);

    /// <summary>When the inode came into being; null where the file system does not keep that.</summary>
    public FileTime? BornAt { get; init; }

    public InodeIdentity InodeIdentity => new(Inode, BornAt is { } born ? unchecked((born.Seconds * NanosecondsPerSecond) + born.Nanoseconds) : null);

    public bool IsFile => Type == NodeType.File;

    public bool IsDirectory => Type == NodeType.Directory;

    public bool IsSymlink => Type == NodeType.Symlink;

    internal static FileStatus From(in StatxBuffer s) => new()
    {
        Type = NodeMode.TypeOfStat(s.Mode),
        Mode = s.Mode,
        Size = s.Size,
        Blocks = s.Blocks,
        ModifiedAt = From(s.ModifiedAt),
        ChangedAt = From(s.ChangedAt),
        AccessedAt = From(s.AccessedAt),
        Uid = s.Uid,
        Gid = s.Gid,
        Inode = s.Inode,
        DeviceId = DeviceNumber.Make(s.DevMajor, s.DevMinor),
        Device = DeviceNumber.Make(s.RdevMajor, s.RdevMinor),
        Links = s.Links,
        BornAt = (s.Mask & LibC.BirthTime) != 0 ? From(s.BornAt) : null,
    };

    private static FileTime From(StatxTime time) => new(time.Seconds, (int)time.Nanoseconds);
}
