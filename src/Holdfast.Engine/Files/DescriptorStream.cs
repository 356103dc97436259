using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
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

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
