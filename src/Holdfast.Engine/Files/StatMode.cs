using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Files;

/// <summary>Converts between st_mode (inode(7)) and the mode bits that restic stores, which are Go's (section 7.4).</summary>
public static class StatMode
{
    private const uint TypeMask = 0xF000;
    private const uint PermissionMask = 0x1FF;

    public static NodeType TypeOf(uint statMode) => (statMode & TypeMask) switch
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

    /// <summary>st_mode in restic's form.</summary>
    public static uint ToGo(uint statMode)
    {
        var mode = (statMode & PermissionMask) | (TypeOf(statMode) switch
        {
            NodeType.File => 0u,
            NodeType.Directory => 1u << 31,
            NodeType.Symlink => 1u << 27,
            NodeType.BlockDevice => 1u << 26,
            NodeType.CharacterDevice => (1u << 26) | (1u << 21),
            NodeType.Fifo => 1u << 25,
            NodeType.Socket => 1u << 24,
            _ => 1u << 19,
        });
        if ((statMode & 0x800) != 0) mode |= 1u << 23;
        if ((statMode & 0x400) != 0) mode |= 1u << 22;
        if ((statMode & 0x200) != 0) mode |= 1u << 20;
        return mode;
    }

    /// <summary>The twelve bits for chmod(2): permissions, setuid, setgid, sticky.</summary>
    public static uint PermissionsOf(uint goMode)
    {
        var bits = goMode & PermissionMask;
        if ((goMode & (1u << 23)) != 0) bits |= 0x800;
        if ((goMode & (1u << 22)) != 0) bits |= 0x400;
        if ((goMode & (1u << 20)) != 0) bits |= 0x200;
        return bits;
    }
}
