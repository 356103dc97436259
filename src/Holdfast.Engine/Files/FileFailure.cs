using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>
/// Turns the error number of a failed system call into the product's exception: the operation, the path in its harmless form, the
/// system's words, and a hint where there is one. The number travels along as the inner <see cref="Win32Exception"/>.
/// </summary>
public static class FileFailure
{
    /// <param name="errno">The error number of the failed call.</param>
    /// <param name="operation">What was tried, to be read after "cannot": "open", "list the directory".</param>
    /// <param name="path">What it was tried on.</param>
    public static HoldfastException From(int errno, string operation, FilePath path) =>
        new(
            KindOf(errno),
            $"cannot {operation} \"{path.Display}\": {Words(errno)}",
            HintFor(errno),
            new Win32Exception(errno, Words(errno)));

    /// <summary>The error number behind an exception of this room; 0 when there is none.</summary>
    public static int ErrnoOf(HoldfastException exception) => (exception.InnerException as Win32Exception)?.NativeErrorCode ?? 0;

    /// <summary>True when the file or a directory above it is gone: a file may vanish between being listed and being read.</summary>
    public static bool IsVanished(HoldfastException exception) => ErrnoOf(exception) is Errno.NoEntry or Errno.NotDirectory;

    /// <summary>True when the system refused for lack of rights.</summary>
    public static bool IsRefused(HoldfastException exception) => ErrnoOf(exception) is Errno.NotPermitted or Errno.AccessDenied;

    /// <summary>Throws for the error of the native call that was made last on this thread.</summary>
    [DoesNotReturn]
    internal static void Throw(string operation, FilePath path) => throw Last(operation, path);

    /// <summary>The exception for the native call that was made last on this thread.</summary>
    internal static HoldfastException Last(string operation, FilePath path) => From(Marshal.GetLastPInvokeError(), operation, path);

    internal static string Words(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    private static FailureKind KindOf(int errno) => errno switch
    {
        Errno.NoSpace or Errno.Quota => FailureKind.NoSpace,
        Errno.NoEntry or Errno.NotDirectory => FailureKind.NotFound,
        Errno.BrokenPipe => FailureKind.OutputClosed,
        Errno.Busy or Errno.TextBusy or Errno.Again => FailureKind.Busy,
        _ => FailureKind.Failed,
    };

    private static string? HintFor(int errno) => errno switch
    {
        Errno.NoSpace => "free some space on that file system and run it again",
        Errno.Quota => "the disk quota is used up: free some space or have it raised",
        Errno.AccessDenied or Errno.NotPermitted => "check its owner and permissions, or run as a user who may do this",
        Errno.ReadOnly => "the file system is mounted read-only: choose another place or remount it writable",
        Errno.Busy or Errno.TextBusy => "something is using it: stop that first",
        Errno.TooManyFiles => "raise the limit of open files (ulimit -n)",
        _ => null,
    };
}
