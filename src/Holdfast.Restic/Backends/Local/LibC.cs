using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Restic.Backends.Local;

/// <summary>
/// The few system calls that .NET does not offer, or not without taking advisory locks or resolving errors to exceptions.
/// </summary>
internal static partial class LibC
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoDeviceOrAddress = 6;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int NoDevice = 19;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int Invalid = 22;
    public const int TooManyOpenInSystem = 23;
    public const int TooManyOpen = 24;
    public const int FileTooBig = 27;
    public const int NoSpace = 28;
    public const int IllegalSeek = 29;
    public const int ReadOnlyFileSystem = 30;
    public const int NoSystemCall = 38;
    public const int NotSupported = 95;
    public const int NotConnected = 107;
    public const int Shutdown = 108;
    public const int TimedOut = 110;
    public const int HostDown = 112;
    public const int HostUnreachable = 113;
    public const int StaleHandle = 116;
    public const int QuotaExceeded = 122;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int CurrentDirectory = -100;
    private const uint TypeModeAndSize = 0x203;

    /// <summary>
    /// Opens for reading. Non-blocking, so that a fifo under a file's name cannot hang the reader; regular files do not notice.
    /// The handle is invalid on failure, with errno in <see cref="Marshal.GetLastPInvokeError"/>.
    /// </summary>
    public static SafeFileHandle OpenForReading(string path)
    {
        int descriptor;
        do
        {
            descriptor = Open(path, CloseOnExec | NonBlocking, 0);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == 4);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The mode with its type bits and the size in bytes, following links; false with errno on failure. See statx(2).</summary>
    public static unsafe bool TryStat(string path, out int mode, out long size)
    {
        // struct statx has the same layout on every architecture: stx_mode at 28, stx_size at 40, 256 bytes in all.
        var buffer = stackalloc byte[256];
        var found = Statx(CurrentDirectory, path, 0, TypeModeAndSize, buffer) == 0;
        mode = found ? *(ushort*)(buffer + 28) : 0;
        size = found ? *(long*)(buffer + 40) : 0;
        return found;
    }

    /// <summary>
    /// Sends a range to the disk and waits for it (sync_file_range(2)); it is not durable before fsync. File systems that cannot do this
    /// are passed over, but an error of the disk is thrown here, because the kernel reports it only once.
    /// </summary>
    public static void WriteOut(SafeFileHandle handle, long offset, long length)
    {
        const uint waitWriteWait = 7;
        if (SyncFileRange(handle, offset, length, waitWriteWait) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error is not (Invalid or IllegalSeek or NoSystemCall or NotSupported))
            throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle handle, long offset, long length, uint flags);

    /// <summary>Who owns a file, following links; false with errno on failure. See statx(2).</summary>
    public static unsafe bool TryOwner(string path, out uint uid, out uint gid)
    {
        // stx_uid at 20, stx_gid at 24.
        const uint owners = 0x18;
        var buffer = stackalloc byte[256];
        var found = Statx(CurrentDirectory, path, 0, owners, buffer) == 0;
        uid = found ? *(uint*)(buffer + 20) : 0;
        gid = found ? *(uint*)(buffer + 24) : 0;
        return found;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle handle, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwnerOf(string path, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string source, string destination);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}
