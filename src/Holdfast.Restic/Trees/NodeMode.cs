namespace Holdfast.Restic.Trees;

/// <summary>Converts between st_mode of stat (inode(7)) and the bits of Go's FileMode that trees hold (section 7.4).</summary>
public static class NodeMode
{
    /// <summary>rwx for owner, group and others: the same in both forms.</summary>
    public const uint PermissionMask = 0x1FF;

    private const uint Directory = 1u << 31;
    private const uint Symlink = 1u << 27;
    private const uint Device = 1u << 26;
    private const uint Fifo = 1u << 25;
    private const uint Socket = 1u << 24;
    private const uint SetUser = 1u << 23;
    private const uint SetGroup = 1u << 22;
    private const uint Character = 1u << 21;
    private const uint Sticky = 1u << 20;
    private const uint Irregular = 1u << 19;
    private const uint TypeBits = Directory | Symlink | Device | Fifo | Socket | Character | Irregular;

    private const uint StatTypeBits = 0xF000;
    private const uint StatSetUser = 0x800;
    private const uint StatSetGroup = 0x400;
    private const uint StatSticky = 0x200;

    /// <summary>The mode of a tree node for an st_mode; types stat does not know become irregular.</summary>
    public static uint FromStat(uint statMode)
    {
        var mode = statMode & PermissionMask;
        if ((statMode & StatSetUser) != 0) mode |= SetUser;
        if ((statMode & StatSetGroup) != 0) mode |= SetGroup;
        if ((statMode & StatSticky) != 0) mode |= Sticky;
        return mode | TypeOfStat(statMode) switch
        {
            NodeType.File => 0,
            NodeType.Directory => Directory,
            NodeType.Symlink => Symlink,
            NodeType.BlockDevice => Device,
            NodeType.CharacterDevice => Device | Character,
            NodeType.Fifo => Fifo,
            NodeType.Socket => Socket,
            _ => Irregular,
        };
    }

    /// <summary>What chmod(2) takes: rwx, set-user-ID, set-group-ID and sticky, from the mode of a tree node.</summary>
    public static uint PermissionsOf(uint mode)
    {
        var permissions = mode & PermissionMask;
        if ((mode & SetUser) != 0) permissions |= StatSetUser;
        if ((mode & SetGroup) != 0) permissions |= StatSetGroup;
        if ((mode & Sticky) != 0) permissions |= StatSticky;
        return permissions;
    }

    public static NodeType TypeOf(uint mode) => (mode & TypeBits) switch
    {
        0 => NodeType.File,
        Directory => NodeType.Directory,
        Symlink => NodeType.Symlink,
        Device => NodeType.BlockDevice,
        Device | Character => NodeType.CharacterDevice,
        Fifo => NodeType.Fifo,
        Socket => NodeType.Socket,
        _ => NodeType.Unknown,
    };

    public static NodeType TypeOfStat(uint statMode) => (statMode & StatTypeBits) switch
    {
        0x8000 => NodeType.File,
        0x4000 => NodeType.Directory,
        0xA000 => NodeType.Symlink,
        0x6000 => NodeType.BlockDevice,
        0x2000 => NodeType.CharacterDevice,
        0x1000 => NodeType.Fifo,
        0xC000 => NodeType.Socket,
        _ => NodeType.Unknown,
    };
}
