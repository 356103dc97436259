using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <content>Sharing of blocks between files (ioctl_ficlone(2)) and holes (fallocate(2)).</content>
internal static partial class LibC
{
    public const nuint CloneFile = 0x40049409; // FICLONE
    public const int PunchHole = 0x03; // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Clone(SafeFileHandle destination, nuint request, SafeFileHandle source);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);
}
