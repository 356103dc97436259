namespace Holdfast.Engine.Files;

/// <summary>Permission bits (inode(7)) by what they are for; C# has no octal numbers.</summary>
public static class FilePermissions
{
    /// <summary>0600: a file for its owner alone.</summary>
    public const uint PrivateFile = 0x180;

    /// <summary>0700: a directory for its owner alone.</summary>
    public const uint PrivateDirectory = 0x1C0;

    /// <summary>0644: a file that everybody may read.</summary>
    public const uint ReadableFile = 0x1A4;

    /// <summary>0777: a directory as the umask of the process leaves it.</summary>
    public const uint OpenDirectory = 0x1FF;

    /// <summary>0111: execute for owner, group or others.</summary>
    public const uint AnyExecute = 0x49;

    /// <summary>0777: read, write and execute for owner, group and others.</summary>
    public const uint AccessMask = 0x1FF;

    /// <summary>07777: the access bits and set-user-ID, set-group-ID and the sticky bit.</summary>
    public const uint AllMask = 0xFFF;
}
