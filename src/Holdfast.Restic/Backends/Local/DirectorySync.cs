using System.Runtime.InteropServices;

namespace Holdfast.Restic.Backends.Local;

/// <summary>Makes the entries of a directory durable: a new or renamed file survives a power cut only after this (fsync(2), NOTES).</summary>
public static class DirectorySync
{
    /// <summary>Flushes a directory to the disk; does nothing on file systems that cannot.</summary>
    /// <exception cref="IOException">The directory cannot be opened or the disk reports an error; HResult is the errno.</exception>
    public static void Flush(string path)
    {
        using var handle = LibC.OpenForReading(path);
        if (handle.IsInvalid) throw Failure(path);
        if (LibC.Sync(handle) == 0) return;

        // Network and FUSE file systems refuse to sync directories in these ways (section 2.2).
        if (Marshal.GetLastPInvokeError() is LibC.Invalid or LibC.NotSupported or LibC.NoEntry or LibC.ReadOnlyFileSystem) return;
        throw Failure(path);
    }

    private static IOException Failure(string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"cannot flush the directory {LocalFailures.Quote(path)}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }
}
