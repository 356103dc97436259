using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Local;

/// <summary>Turns errors of the file system into the product's failures.</summary>
internal static class LocalFailures
{
    // What .NET reports instead of ENOSPC where it notices a full disk by itself (ERROR_DISK_FULL).
    private const int DiskFull = unchecked((int)0x80070070);

    // PATH_MAX.
    private const int LongestPath = 4096;

    /// <summary>True for the errors a file system call can raise; everything else is a programming error and passes through.</summary>
    public static bool IsExpected(Exception exception) => exception is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <param name="action">What was being done, to complete "cannot …".</param>
    public static HoldfastException From(Exception exception, string action) => exception switch
    {
        HoldfastException failure => failure,
        UnauthorizedAccessException => Denied(action, exception),
        IOException => From(exception.HResult, action, exception),
        _ => new HoldfastException(FailureKind.Failed, $"cannot {action}: {exception.Message}", null, exception),
    };

    /// <summary>The failure for the errno of the last native call.</summary>
    public static HoldfastException FromLastError(string action) => From(Marshal.GetLastPInvokeError(), action, null);

    /// <summary>A path as it may stand in a message.</summary>
    public static string Quote(string path) => Quoted.Escape(path, LongestPath);

    private static HoldfastException From(int errno, string action, Exception? inner) => errno switch
    {
        LibC.NoSpace or LibC.QuotaExceeded or LibC.FileTooBig or DiskFull => new HoldfastException(
            FailureKind.NoSpace,
            $"cannot {action}: no space left",
            "free some space on the disk or raise the quota, then run the command again",
            inner),
        LibC.NoEntry => new HoldfastException(FailureKind.NotFound, $"cannot {action}: it does not exist", null, inner),
        LibC.IsADirectory => new HoldfastException(FailureKind.Damaged, $"cannot {action}: there is a directory in its place", null, inner),
        LibC.NotPermitted or LibC.AccessDenied => Denied(action, inner),
        LibC.ReadOnlyFileSystem => new HoldfastException(
            FailureKind.Unavailable, $"cannot {action}: the file system is read-only", "remount it writable", inner),
        _ when IsUnreachable(errno) => new HoldfastException(
            FailureKind.Unavailable,
            $"cannot {action}: {Reason(errno, inner)}",
            "check that the disk or share is connected and answers",
            inner),
        _ => new HoldfastException(FailureKind.Failed, $"cannot {action}: {Reason(errno, inner)}", null, inner),
    };

    /// <summary>
    /// A disk that was pulled out, a server that does not answer, a process or kernel at its limits. A bad sector (EIO) is not among
    /// them: the next file may be good.
    /// </summary>
    private static bool IsUnreachable(int errno) => errno is
        LibC.NoDeviceOrAddress or LibC.NoMemory or LibC.NoDevice or LibC.TooManyOpenInSystem or LibC.TooManyOpen or LibC.Shutdown
        or LibC.NotConnected or LibC.TimedOut or LibC.HostDown or LibC.HostUnreachable or LibC.StaleHandle;

    private static HoldfastException Denied(string action, Exception? inner) => new(
        FailureKind.Unavailable,
        $"cannot {action}: permission denied",
        "run as the user that owns the repository, or correct the owner and mode of its directories",
        inner);

    private static string Reason(int errno, Exception? inner) =>
        errno is > 0 and < 4096 ? Marshal.GetPInvokeErrorMessage(errno) : Quote(inner?.Message ?? "unknown error");
}
