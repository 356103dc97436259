using Holdfast.Restic.Streams;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// Writes to an open descriptor from front to end, unbuffered. Failures are the product's own, so that a full disk and a closed pipe are told
/// apart: the streams of .NET take a closed pipe for success.
/// </summary>
public sealed class DescriptorStream : OneWayStream
{
    private const int StandardOutputNumber = 1;

    private readonly SafeFileHandle _file;
    private readonly FilePath _path;

    internal DescriptorStream(SafeFileHandle file, FilePath path) => (_file, _path) = (file, path);

    public override bool CanWrite => true;

    /// <summary>The standard output of this process; stays open when the stream is disposed.</summary>
    public static DescriptorStream StandardOutput() =>
        new(new SafeFileHandle(StandardOutputNumber, ownsHandle: false), FilePath.From("standard output"));

    /// <exception cref="Restic.Failures.HoldfastException">OutputClosed: nobody reads the pipe any more. NoSpace, Failed.</exception>
    public override void Write(ReadOnlySpan<byte> buffer) => FileContent.Write(_file, buffer, _path);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
