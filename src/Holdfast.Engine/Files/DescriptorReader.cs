using Holdfast.Restic.Failures;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// Reads a regular file from start to end, or parts of it. What was opened is asked what it is, so a file exchanged for a fifo, a device or a symbolic link
/// after it was listed neither hangs nor leads elsewhere. Does not change the access time where that is permitted.
/// Never for a SQLite database that this process has open: closing any descriptor of it drops SQLite's locks.
/// </summary>
public sealed class DescriptorReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly FilePath _path;

    private DescriptorReader(SafeFileHandle file, FilePath path, FileStatus status)
    {
        _file = file;
        _path = path;
        Status = status;
    }

    /// <summary>The status of the file when it was opened.</summary>
    public FileStatus Status { get; }

    internal SafeFileHandle Handle => _file;

    /// <exception cref="HoldfastException">NotFound: vanished. Failed: unreadable, or not a regular file.</exception>
    public static DescriptorReader Open(FilePath path)
    {
        // Without O_NONBLOCK, opening a fifo waits for a writer. It has no effect on reading regular files.
        var flags = OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking;
        // O_NOATIME is only for the owner and root; for others the system says EPERM.
        if (!LibC.TryOpen(path, flags | OpenFlags.NoAccessTime, 0, out var file)
            && (LibC.LastError != Errno.NotPermitted || !LibC.TryOpen(path, flags, 0, out file)))
        {
            throw LibC.LastError == Errno.Loop ? NotRegular(path) : FileFailure.Last("open", path);
        }

        try
        {
            var status = FileContent.Status(file, path);
            if (!status.IsFile) throw NotRegular(path);
            // Only advice: the result changes nothing for us.
            _ = LibC.Advise(file, 0, 0, LibC.AdviseSequential);
            return new DescriptorReader(file, path, status);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next bytes, as many as there are up to the size of the buffer; fewer only at the end, then 0.</summary>
    public int Read(Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var length = FileContent.Read(_file, buffer[filled..], _path);
            if (length == 0) break;
            filled += length;
        }

        return filled;
    }

    /// <summary>
    /// Reads from <paramref name="offset"/>, as many bytes as there are up to the size of the buffer; fewer only at the end. Thread-safe.
    /// </summary>
    public int ReadAt(Span<byte> buffer, long offset) => FileContent.FillAt(_file, buffer, offset, _path);

    /// <summary>The status of the open file now: differs from <see cref="Status"/> when it changed while being read.</summary>
    public FileStatus StatusNow() => FileContent.Status(_file, _path);

    public void Dispose() => _file.Dispose();

    private static HoldfastException NotRegular(FilePath path) =>
        new(FailureKind.Failed, $"\"{path.Display}\" is not a regular file (any more)");
}
