using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// The calls of glibc that this room needs, for 64-bit Linux. Paths are bytes with a terminating NUL. Every call that sets errno
/// leaves it in <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static partial class LibC
{
    public const int CurrentDirectory = -100; // AT_FDCWD
    public const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    public const int RemoveDirectory = 0x200; // AT_REMOVEDIR
    public const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    public const int DoNotSync = 0x4000; // AT_STATX_DONT_SYNC
    public const int EffectiveAccess = 0x200; // AT_EACCESS
    public const int WriteAndSearch = 2 | 1; // W_OK | X_OK
    public const uint BasicStatus = 0x7ff; // STATX_BASIC_STATS
    public const uint BirthTime = 0x800; // STATX_BTIME
    public const long OverlayFileSystem = 0x794c7630; // OVERLAYFS_SUPER_MAGIC
    public const uint Exchange = 2; // RENAME_EXCHANGE
    public const uint NoReplace = 1; // RENAME_NOREPLACE
    public const int LockShared = 1; // LOCK_SH
    public const int LockExclusive = 2; // LOCK_EX
    public const int LockNoWait = 4; // LOCK_NB
    public const int AdviseSequential = 2; // POSIX_FADV_SEQUENTIAL

    private const string Library = "libc.so.6";

    public static int LastError => Marshal.GetLastPInvokeError();

    [LibraryImport(Library, EntryPoint = "statfs", SetLastError = true)]
    public static partial int Statfs(ReadOnlySpan<byte> path, out StatfsBuffer buffer);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int directory, ReadOnlySpan<byte> path, int flags, uint mask, out StatxBuffer buffer);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(SafeFileHandle file, ReadOnlySpan<byte> path, int flags, uint mask, out StatxBuffer buffer);

    [LibraryImport(Library, EntryPoint = "faccessat", SetLastError = true)]
    public static partial int Access(int directory, ReadOnlySpan<byte> path, int mode, int flags);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(ReadOnlySpan<byte> path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(SafeFileHandle directory, ReadOnlySpan<byte> name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, Span<byte> buffer, nint count);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(SafeFileHandle file, Span<byte> buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, nint count);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint WriteAt(SafeFileHandle file, ReadOnlySpan<byte> buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long size);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true)]
    public static partial int Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to);

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to, uint flags);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true)]
    public static partial int Link(ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path);

    [LibraryImport(Library, EntryPoint = "symlink", SetLastError = true)]
    public static partial int SymbolicLink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path);

    [LibraryImport(Library, EntryPoint = "readlink", SetLastError = true)]
    public static partial nint ReadLink(ReadOnlySpan<byte> path, Span<byte> buffer, nint size);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory(ReadOnlySpan<byte> path, uint mode);

    [LibraryImport(Library, EntryPoint = "mkfifo", SetLastError = true)]
    public static partial int MakeFifo(ReadOnlySpan<byte> path, uint mode);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true)]
    public static partial int Unlink(ReadOnlySpan<byte> path);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeFileHandle directory, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Library, EntryPoint = "rmdir", SetLastError = true)]
    public static partial int RemoveEmptyDirectory(ReadOnlySpan<byte> path);

    [LibraryImport(Library, EntryPoint = "realpath", SetLastError = true)]
    public static partial nint RealPath(ReadOnlySpan<byte> path, nint resolved);

    [LibraryImport(Library, EntryPoint = "free")]
    public static partial void Free(nint memory);

    [LibraryImport(Library, EntryPoint = "statvfs", SetLastError = true)]
    public static partial int FileSystemStatus(ReadOnlySpan<byte> path, out StatvfsBuffer buffer);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint GetDirectoryEntries(nint number, SafeFileHandle directory, Span<byte> buffer, nint size);

    /// <summary>Opens with O_CLOEXEC, so that no child process inherits the descriptor, and again when a signal interrupted it.</summary>
    public static bool TryOpen(FilePath path, int flags, uint mode, out SafeFileHandle handle)
    {
        int descriptor;
        do descriptor = Open(path.Terminated, flags | OpenFlags.CloseOnExec, mode);
        while (descriptor < 0 && LastError == Errno.Interrupted);
        handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return descriptor >= 0;
    }
}
