using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>
/// Questions and small acts on files. Every failure is a <see cref="HoldfastException"/> made by <see cref="FileFailure"/>.
/// </summary>
public static class FileSystem
{
    /// <summary>True when this process runs as root and may, by rights, change owners.</summary>
    public static bool IsRoot => LibC.EffectiveUser() == 0;

    /// <summary>The status of a file, which must exist.</summary>
    /// <exception cref="HoldfastException">NotFound when absent.</exception>
    public static FileStatus Status(FilePath path, bool followLinks)
    {
        if (LibC.Statx(LibC.CurrentDirectory, path.Terminated, followLinks ? 0 : LibC.NoFollow, LibC.BasicStatus | LibC.BirthTime, out var buffer) != 0)
            FileFailure.Throw("look at", path);
        return FileStatus.From(buffer);
    }

    /// <summary>The status of a file; null when it, or a directory above it, does not exist.</summary>
    public static FileStatus? TryStatus(FilePath path, bool followLinks)
    {
        if (LibC.Statx(LibC.CurrentDirectory, path.Terminated, followLinks ? 0 : LibC.NoFollow, LibC.BasicStatus | LibC.BirthTime, out var buffer) == 0)
            return FileStatus.From(buffer);
        if (LibC.LastError is Errno.NoEntry or Errno.NotDirectory) return null;
        throw FileFailure.Last("look at", path);
    }

    /// <summary>
    /// Which file has a name, to be told again later; null when there is none. Without its birth on an overlay of file systems: there it changes when the
    /// file is first written to or linked, because only then it is copied into the upper one.
    /// </summary>
    public static InodeIdentity? LastingIdentity(FilePath path)
    {
        if (TryStatus(path, followLinks: false) is not { } status) return null;
        var folder = path.Parent ?? FilePath.From(".");
        var isOverlay = LibC.Statfs(folder.Terminated, out var buffer) != 0 || buffer.Kind == LibC.OverlayFileSystem;
        return isOverlay ? new InodeIdentity(status.Inode) : status.InodeIdentity;
    }

    /// <summary>True when the name exists, also as a symbolic link that leads nowhere.</summary>
    public static bool Exists(FilePath path) => TryStatus(path, followLinks: false) is not null;

    /// <summary>The directory that relative paths start from.</summary>
    public static FilePath CurrentDirectory() => RealPath(FilePath.From("."));

    /// <summary>The absolute path with every symbolic link and ".." resolved by the system.</summary>
    /// <exception cref="HoldfastException">NotFound when absent.</exception>
    public static unsafe FilePath RealPath(FilePath path)
    {
        var resolved = LibC.RealPath(path.Terminated, 0);
        if (resolved == 0) FileFailure.Throw("resolve", path);
        try
        {
            return FilePath.From(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)resolved));
        }
        finally
        {
            LibC.Free(resolved);
        }
    }

    /// <summary>The raw bytes a symbolic link holds.</summary>
    public static byte[] ReadLink(FilePath path)
    {
        for (var size = 256; ; size *= 2)
        {
            var buffer = new byte[size];
            var length = LibC.ReadLink(path.Terminated, buffer, buffer.Length);
            if (length < 0) FileFailure.Throw("read the link", path);
            // A full buffer may hold a cut target.
            if (length < buffer.Length) return buffer[..(int)length];
        }
    }

    /// <summary>Makes one directory. False when something of that name is there already.</summary>
    /// <param name="path">The directory to make.</param>
    /// <param name="mode">Permission bits, before the umask.</param>
    public static bool TryCreateDirectory(FilePath path, uint mode)
    {
        if (LibC.MakeDirectory(path.Terminated, mode) == 0) return true;
        return LibC.LastError == Errno.Exists ? false : throw FileFailure.Last("create the directory", path);
    }

    /// <summary>Makes a directory and those above it that are missing; fine when it exists.</summary>
    /// <exception cref="HoldfastException">NotFound: something on the way is not a directory.</exception>
    public static void CreateDirectories(FilePath path, uint mode = FilePermissions.OpenDirectory)
    {
        if (TryStatus(path, followLinks: true) is { } status)
        {
            if (!status.IsDirectory) throw FileFailure.From(Errno.NotDirectory, "create the directory", path);
            return;
        }

        if (path.Parent is { } parent) CreateDirectories(parent, mode);
        // Another process may have made it meanwhile; a link that leads nowhere is also "there" and must not pass.
        if (!TryCreateDirectory(path, mode) && TryStatus(path, followLinks: true) is not { IsDirectory: true })
            throw FileFailure.From(Errno.NotDirectory, "create the directory", path);
    }

    /// <summary>
    /// Why nothing can be made in a folder, in the system's words, as far as that can be told without trying (access(2)); null when nothing speaks
    /// against it.
    /// </summary>
    public static string? WhyNotWritable(FilePath folder) =>
        LibC.Access(LibC.CurrentDirectory, folder.Terminated, LibC.WriteAndSearch, LibC.EffectiveAccess) != 0
        && LibC.LastError is var error and (Errno.AccessDenied or Errno.ReadOnly or Errno.NotPermitted)
            ? FileFailure.Words(error)
            : null;

    /// <summary>Removes a file, link, fifo or device. False when there is none.</summary>
    public static bool Remove(FilePath path)
    {
        if (LibC.Unlink(path.Terminated) == 0) return true;
        var error = LibC.LastError;
        if (error == Errno.NoEntry) return false;
        var failure = FileFailure.From(error, "remove", path);
        // A file system that is mounted read-only says so before it looks.
        return error == Errno.ReadOnly && !Exists(path) ? false : throw failure;
    }

    /// <summary>Removes an empty directory.</summary>
    public static void RemoveEmptyDirectory(FilePath path)
    {
        if (LibC.RemoveEmptyDirectory(path.Terminated) != 0) FileFailure.Throw("remove the directory", path);
    }

    /// <summary>
    /// Removes whatever is there with everything below; symbolic links are removed, never followed. False when there is nothing.
    /// </summary>
    public static bool RemoveTree(FilePath path) => TreeRemoval.Remove(path);

    /// <summary>
    /// Gives a file a new name in the same file system, replacing what has that name. Atomic, but durable only after <see
    /// cref="DirectorySync"/>.
    /// </summary>
    public static void Rename(FilePath from, FilePath to)
    {
        if (LibC.Rename(from.Terminated, to.Terminated) != 0) FileFailure.Throw($"rename \"{from.Display}\" to", to);
    }

    /// <summary>Gives a file or folder the access and modification times that it had; false when this user may not.</summary>
    public static bool TrySetTimes(FilePath path, FileStatus from)
    {
        ReadOnlySpan<TimeSpecification> times =
        [
            new() { Seconds = from.AccessedAt.Seconds, Nanoseconds = from.AccessedAt.Nanoseconds },
            new() { Seconds = from.ModifiedAt.Seconds, Nanoseconds = from.ModifiedAt.Nanoseconds },
        ];
        return LibC.SetTimes(LibC.CurrentDirectory, path.Terminated, times, 0) == 0;
    }

    /// <summary>Sets the permission bits of anything but a symbolic link.</summary>
    /// <param name="path">The file.</param>
    /// <param name="permissions">The twelve bits of chmod(2).</param>
    public static void SetPermissions(FilePath path, uint permissions)
    {
        if (LibC.ChangeModeAt(LibC.CurrentDirectory, path.Terminated, permissions, LibC.NoFollow) != 0)
            FileFailure.Throw("set the mode of", path);
    }

    /// <summary>Gives anything to another user and group; of a symbolic link itself. Only root may (chown(2)).</summary>
    public static void SetOwner(FilePath path, uint user, uint group)
    {
        if (LibC.ChangeOwner(path.Terminated, user, group) != 0) FileFailure.Throw("change the owner of", path);
    }

    /// <summary>Reads a whole small file, following symbolic links.</summary>
    /// <param name="path">A file, also one of /proc that tells no size.</param>
    /// <param name="limit">The largest acceptable size in bytes, so that a hostile file cannot fill the memory.</param>
    /// <exception cref="HoldfastException">Failed when larger; NotFound when absent.</exception>
    public static byte[] ReadAllBytes(FilePath path, int limit)
    {
        if (!LibC.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, out var file)) FileFailure.Throw("open", path);
        using (file)
        {
            var content = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int length;
            while ((length = FileContent.Read(file, buffer, path)) > 0)
            {
                if (content.Length + length > limit)
                    throw new HoldfastException(FailureKind.Failed, $"\"{path.Display}\" is larger than the {limit} bytes accepted here");
                content.Write(buffer, 0, length);
            }

            return content.ToArray();
        }
    }

    /// <summary>Reads a small UTF-8 file; a byte order mark is dropped.</summary>
    /// <inheritdoc cref="ReadAllBytes"/>
    public static string ReadAllText(FilePath path, int limit)
    {
        ReadOnlySpan<byte> bytes = ReadAllBytes(path, limit);
        var mark = Encoding.UTF8.Preamble;
        return Encoding.UTF8.GetString(bytes.StartsWith(mark) ? bytes[mark.Length..] : bytes);
    }
}
