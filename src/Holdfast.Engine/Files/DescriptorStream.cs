using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
<<<<<<< HEAD
/// Writes to an open descriptor from front to end, unbuffered. Failures are the product's own, so that a full disk and a closed pipe are told
/// apart: the streams of .NET take a closed pipe for success.
/// </summary>
public sealed class DescriptorStream : Stream
{
    private const int StandardOutputNumber = 1;

    private readonly SafeFileHandle _file;
    private readonly FilePath _path;

    internal DescriptorStream(SafeFileHandle file, FilePath path) => (_file, _path) = (file, path);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The standard output of this process; stays open when the stream is disposed.</summary>
    public static DescriptorStream StandardOutput() =>
        new(new SafeFileHandle(StandardOutputNumber, ownsHandle: false), FilePath.From("standard output"));

    /// <exception cref="Restic.Failures.HoldfastException">OutputClosed: nobody reads the pipe any more. NoSpace, Failed.</exception>
    public override void Write(ReadOnlySpan<byte> buffer) => FileContent.Write(_file, buffer, _path);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
=======
/// A file as a stream from its beginning to its end, in one direction, for code that works on streams. Failures are those of
/// <see cref="FileFailure"/>, so that a full disk is told as one.
/// </summary>
public sealed class DescriptorStream : Stream
{
    private readonly SafeFileHandle _file;
    private readonly FilePath _path;
    private readonly bool _writes;
    private long _position;

    internal DescriptorStream(SafeFileHandle file, FilePath path, bool writes) => (_file, _path, _writes) = (file, path, writes);

    public override bool CanRead => !_writes;

    public override bool CanSeek => false;

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
    public static DescriptorStream OpenRead(FilePath path)
    {
        if (!LibC.TryOpen(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, out var file)) FileFailure.Throw("open", path);
        if (FileContent.Status(file, path).IsFile) return new DescriptorStream(file, path, writes: false);
        file.Dispose();
        throw new Restic.Failures.HoldfastException(
            Restic.Failures.FailureKind.Failed, $"\"{path.Display}\" is not a regular file");
    }

    /// <summary>Makes a new private file (0600); one of that name must not exist.</summary>
    public static DescriptorStream CreateNew(FilePath path)
    {
        var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        if (!LibC.TryOpen(path, flags, FilePermissions.PrivateFile, out var file)) FileFailure.Throw("create", path);
        return new DescriptorStream(file, path, writes: true);
    }

    /// <summary>Makes what was written durable (fsync(2)).</summary>
    public void Sync() => FileContent.Sync(_file, _path);

    public override int Read(Span<byte> buffer)
    {
        var length = FileContent.Read(_file, buffer, _path);
        _position += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        FileContent.Write(_file, buffer, _path);
        _position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
>>>>>>> eccb0b3 (Archives: tar, database and SQL files out of snapshots and back, verified before anything is used)

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
