using Holdfast.Restic.Failures;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// A lock on some bytes of a file that excludes the record locks of every other program (fcntl(2)). It belongs to its own open file
/// description: unlike a lock of the process it also excludes the rest of this process, and is not lost when that closes the file elsewhere.
/// </summary>
public sealed class ByteRangeLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private ByteRangeLock(SafeFileHandle file, FileIdentity identity) => (_file, Identity) = (file, identity);

    /// <summary>The file that is locked, whatever its name is by now.</summary>
    public FileIdentity Identity { get; }

    /// <summary>
    /// Takes the lock without waiting. It excludes writers and readers; of a file that this user may not write to, the writers alone.
    /// </summary>
    /// <param name="path">A regular file; symbolic links are not followed.</param>
    /// <param name="start">Where in the file, in bytes; may lie behind its end.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="holder">The process that has another lock on it; 0 when that is not known.</param>
    /// <returns>Null when something else has a lock on it.</returns>
    /// <exception cref="HoldfastException">It cannot be opened, or its file system has no locks.</exception>
    public static ByteRangeLock? TryTake(FilePath path, long start, long length, out int holder)
    {
        holder = 0;
        var file = Open(path, out var type);
        try
        {
            var range = new RangeLockBuffer { Type = type, Start = start, Length = length };
            if (LibC.Control(file, LibC.SetDescriptionLock, ref range) == 0)
                return new ByteRangeLock(file, FileContent.Status(file, path).Identity);
            if (LibC.LastError is not (Errno.Again or Errno.AccessDenied)) FileFailure.Throw("lock", path);
            holder = HolderOf(file, type, start, length);
            file.Dispose();
            return null;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => _file.Dispose();

    private static SafeFileHandle Open(FilePath path, out short type)
    {
        var flags = OpenFlags.NoFollow | OpenFlags.NonBlocking;
        type = LibC.WriteLock;
        if (LibC.TryOpen(path, flags | OpenFlags.ReadWrite, 0, out var file)) return file;
        if (LibC.LastError != Errno.AccessDenied) FileFailure.Throw("open", path);
        type = LibC.ReadLock;
        if (!LibC.TryOpen(path, flags | OpenFlags.ReadOnly, 0, out file)) FileFailure.Throw("open", path);
        return file;
    }

    private static int HolderOf(SafeFileHandle file, short type, long start, long length)
    {
        var range = new RangeLockBuffer { Type = type, Start = start, Length = length };
        var answered = LibC.Control(file, LibC.GetDescriptionLock, ref range) == 0 && range.Type != LibC.NoLock;
        // A lock of a description has no process: -1.
        return answered ? Math.Max(range.Process, 0) : 0;
    }
}
