using System.Runtime.InteropServices;

namespace Holdfast.Testing;

/// <summary>System calls that take names as raw bytes, as Linux has them. Every name ends with a zero byte.</summary>
internal static partial class LibC
{
    public const int CurrentDirectory = -100;
    public const int NotFollowingLinks = 0x100;

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "creat", SetLastError = true)]
    public static partial int Create(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(int file, ReadOnlySpan<byte> content, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetLength(int file, long length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true)]
    public static partial int SymbolicLink(byte[] target, byte[] path);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true)]
    public static partial int HardLink(byte[] existing, byte[] path);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    public static partial int MakeFifo(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChangeMode(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int SetAttribute(byte[] path, byte[] name, ReadOnlySpan<byte> value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimes(int directory, byte[] path, ReadOnlySpan<TimeSpec> times, int flags);

    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
