using Holdfast.Restic.Streams;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// A file as a stream from its beginning to its end, in one direction, for code that works on streams. Failures are those of
/// <see cref="FileFailure"/>, so that a full disk is told as one.
/// </summary>
public sealed class RegularFileStream : OneWayStream
{
    private readonly SafeFileHandle _file;
    private readonly FilePath _path;
    private readonly bool _writes;
    private long _position;

    internal RegularFileStream(SafeFileHandle file, FilePath path, bool writes) => (_file, _path, _writes) = (file, path, writes);

    public override bool CanRead => !_writes;

    public override bool CanWrite => _writes;

    /// <summary>Bytes of the file now.</summary>
    public override long Length => (long)FileContent.Status(_file, _path).Size;

    /// <summary>Bytes read or written so far.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Opens a regular file for reading; a fifo or a device in its place is refused and never waited for.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">NotFound; Failed: unreadable, or not a regular file.</exception>
    public static RegularFileStream OpenRead(FilePath path)
    {
        if (!LibC.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, out var file)) FileFailure.Throw("open", path);
        if (FileContent.Status(file, path).IsFile) return new RegularFileStream(file, path, writes: false);
        file.Dispose();
        throw new Restic.Failures.HoldfastException(
            Restic.Failures.FailureKind.Failed, $"\"{path.Display}\" is not a regular file");
    }

    /// <summary>Makes a new private file (0600); one of that name must not exist.</summary>
    public static RegularFileStream CreateNew(FilePath path)
    {
        var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        if (!LibC.TryOpen(path, flags, FilePermissions.PrivateFile, out var file)) FileFailure.Throw("create", path);
        return new RegularFileStream(file, path, writes: true);
    }

    /// <summary>Makes what was written durable (fsync(2)).</summary>
    public void Sync() => FileContent.Sync(_file, _path);

    public override int Read(Span<byte> buffer)
    {
        var length = FileContent.Read(_file, buffer, _path);
        _position += length;
        return length;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        FileContent.Write(_file, buffer, _path);
        _position += buffer.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
