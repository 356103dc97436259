using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>Locks on byte ranges (fcntl(2)) that belong to an open file description, not to the process.</summary>
internal static partial class LibC
{
    public const int SetDescriptionLock = 37; // F_OFD_SETLK
    public const int GetDescriptionLock = 36; // F_OFD_GETLK
    public const short ReadLock = 0; // F_RDLCK
    public const short WriteLock = 1; // F_WRLCK
    public const short NoLock = 2; // F_UNLCK

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, int command, ref RangeLockBuffer range);
}

/// <summary>struct flock of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct RangeLockBuffer
{
    [FieldOffset(0)] public short Type;
    [FieldOffset(2)] public short Whence;
    [FieldOffset(8)] public long Start;
    [FieldOffset(16)] public long Length;
    [FieldOffset(24)] public int Process;
}
