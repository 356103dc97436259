using System.Runtime.InteropServices;

namespace Holdfast.Engine.Files;

/// <summary>Numbers of system calls that glibc has no function for, or only newer ones (syscall(2)).</summary>
internal static class SystemCallNumber
{
    public static nint GetDirectoryEntries { get; } = IsArm ? 61 : 217; // getdents64

    public static nint MakeNodeAt { get; } = IsArm ? 33 : 259; // mknodat

    public static nint SetIoPriority { get; } = IsArm ? 30 : 251; // ioprio_set

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}
