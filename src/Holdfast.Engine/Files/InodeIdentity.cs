namespace Holdfast.Engine.Files;

/// <summary>
/// Which file has a name, among those that the same file system has had: an inode, and when it came into being, because the number of one that is
/// gone is given to another. Where either time is not known, the number alone tells.
/// </summary>
/// <param name="Inode">st_ino.</param>
/// <param name="Born">stx_btime (statx(2)) in nanoseconds since 1970; null where the file system has none, and in what older versions wrote.</param>
public readonly record struct InodeIdentity(ulong Inode, long? Born = null)
{
    public bool Equals(InodeIdentity other) => Inode == other.Inode && (Born is null || other.Born is null || Born == other.Born);

    public override int GetHashCode() => Inode.GetHashCode();
}
