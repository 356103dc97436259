using System.Runtime.InteropServices;

namespace Holdfast.Restic.Locks;

/// <summary>Whether a process of this host exists, asked with signal 0, which disturbs nobody (kill(2)).</summary>
internal static partial class ProcessLiveness
{
    private const int NoSuchProcess = 3;

    internal static bool IsAlive(int processId) =>
        processId > 0 && (Kill(processId, 0) == 0 || Marshal.GetLastPInvokeError() != NoSuchProcess);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
