using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// Removes a tree through descriptors of its directories, so that a directory exchanged for a symbolic link meanwhile leads nowhere else
/// and paths longer than PATH_MAX are no obstacle. Directories without write or search permission are given them first.
/// </summary>
internal static class TreeRemoval
{
    public static bool Remove(FilePath path)
    {
        if (FileSystem.TryStatus(path, followLinks: false) is not { } status) return false;
        if (!status.IsDirectory) return FileSystem.Remove(path);
        if (!TryOpenDirectory(path, out var directory)) FileFailure.Throw("remove the directory", path);
        using (directory) Empty(directory, path);
        FileSystem.RemoveEmptyDirectory(path);
        return true;
    }

    private static void Empty(SafeFileHandle directory, FilePath path)
    {
        var status = FileContent.Status(directory, path);
        var isOpen = (status.Mode & FilePermissions.PrivateDirectory) == FilePermissions.PrivateDirectory;
        if (!isOpen && LibC.ChangeMode(directory, FilePermissions.PrivateDirectory) != 0)
            FileFailure.Throw("make writable", path);
        foreach (var entry in DirectoryListing.Read(directory, path))
            RemoveEntry(directory, [.. entry.Name, 0], path.Combine(entry.Name));
    }

    private static void RemoveEntry(SafeFileHandle parent, byte[] name, FilePath path)
    {
        if (LibC.UnlinkAt(parent, name, 0) == 0 || LibC.LastError == Errno.NoEntry) return;
        if (LibC.LastError != Errno.IsDirectory) FileFailure.Throw("remove", path);
        if (!TryOpenDirectory(parent, name, out var directory)) FileFailure.Throw("remove the directory", path);
        using (directory) Empty(directory, path);
        if (LibC.UnlinkAt(parent, name, LibC.RemoveDirectory) != 0 && LibC.LastError != Errno.NoEntry)
            FileFailure.Throw("remove the directory", path);
    }

    private static bool TryOpenDirectory(FilePath path, out SafeFileHandle directory)
    {
        var flags = OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow;
        if (LibC.TryOpen(path, flags, 0, out directory)) return true;
        return LibC.LastError == Errno.AccessDenied
            && LibC.ChangeModeAt(LibC.CurrentDirectory, path.Terminated, FilePermissions.PrivateDirectory, LibC.NoFollow) == 0
            && LibC.TryOpen(path, flags, 0, out directory);
    }

    private static bool TryOpenDirectory(SafeFileHandle parent, byte[] name, out SafeFileHandle directory)
    {
        directory = OpenDirectory(parent, name);
        if (!directory.IsInvalid) return true;
        if (LibC.LastError != Errno.AccessDenied) return false;
        if (LibC.ChangeModeAt(parent, name, FilePermissions.PrivateDirectory, LibC.NoFollow) != 0) return false;
        directory = OpenDirectory(parent, name);
        return !directory.IsInvalid;
    }

    private static SafeFileHandle OpenDirectory(SafeFileHandle parent, byte[] name)
    {
        var flags = OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.CloseOnExec;
        return new SafeFileHandle(LibC.OpenAt(parent, name, flags, 0), ownsHandle: true);
    }
}
