using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Processes;

/// <summary>
/// The calls of glibc that start, signal and await processes. Those of posix_spawn(3) return an error number; the others leave theirs in
/// <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class LibCSpawn
{
    public const short SetSignalDefaults = 0x04; // POSIX_SPAWN_SETSIGDEF
    public const short SetSignalMask = 0x08; // POSIX_SPAWN_SETSIGMASK
    public const short NewSession = 0x80; // POSIX_SPAWN_SETSID
    public const int NoHang = 1; // WNOHANG
    public const short Readable = 1; // POLLIN
    public const int BootTime = 7; // CLOCK_BOOTTIME, which starts of processes are counted in
    public const nint OpenProcess = 434; // SYS_pidfd_open, the same on x64 and arm64
    public const nint SendSignal = 424; // SYS_pidfd_send_signal

    private const string Library = "libc.so.6";

    [LibraryImport(Library, EntryPoint = "posix_spawnp")]
    public static partial int Spawn(out int process, byte* program, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int AddOpen(byte* actions, int descriptor, ReadOnlySpan<byte> path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int AddChangeDirectory(byte* actions, ReadOnlySpan<byte> path);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int InitAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Wait(int process, out int status, int options);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(Span<int> ends, int flags);

    [LibraryImport(Library, EntryPoint = "sysconf", SetLastError = true)]
    public static partial nint Configuration(int name);

    [LibraryImport(Library, EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int Time(int clock, out TimeSpec time);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Open(nint number, nint process, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Send(nint number, SafeFileHandle process, nint signal, nint information, nint flags);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec of clock_gettime(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
