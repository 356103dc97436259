using System.Runtime.InteropServices;

namespace Holdfast.Engine.Processes;

/// <summary>The calls of glibc about scheduling. Errors are in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static partial class LibCProcesses
{
    private const string Library = "libc.so.6";

    /// <summary>-1 may be an error or a priority; the last error tells.</summary>
    [LibraryImport(Library, EntryPoint = "getpriority", SetLastError = true)]
    public static partial int GetPriority(int which, uint who);

    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int priority);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SetIoPriority(nint number, nint which, nint who, nint priority);
}
