using Holdfast.Restic.Streams;

namespace Holdfast.Restic.Compression;

/// <summary>Compresses what is written to it into one zstd frame with a checksum, as the <c>zstd</c> program does. Memory does not grow.</summary>
public sealed class ZstdCompressingStream : OneWayStream
{
    private const int DefaultLevel = 3;

    private readonly ZstdContext _context = ZstdContext.ForCompression();
    private readonly byte[] _output = new byte[128 * 1024];
    private readonly Stream _target;
    private bool _isComplete;

    /// <param name="target">Where the frame goes; stays open.</param>
    public ZstdCompressingStream(Stream target)
    {
        _target = target;
        Require(LibZstd.SetCompression(_context.Pointer, LibZstd.ParameterLevel, DefaultLevel));
        Require(LibZstd.SetCompression(_context.Pointer, LibZstd.ParameterChecksum, 1));
    }

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var (used, made, _) = Step(buffer, LibZstd.Continue);
            buffer = buffer[used..];
            _target.Write(_output, 0, made);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var (used, made, _) = Step(buffer.Span, LibZstd.Continue);
            buffer = buffer[used..];
            await _target.WriteAsync(_output.AsMemory(0, made), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the frame. Without this what was written cannot be told from something truncated.</summary>
    public void Complete()
    {
        if (_isComplete) return;
        for (var isDone = false; !isDone;)
        {
            (_, var made, isDone) = Step([], LibZstd.End);
            _target.Write(_output, 0, made);
        }

        _isComplete = true;
    }

    public override void Flush() => _target.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _context.Dispose();
        base.Dispose(disposing);
    }

    private unsafe (int Used, int Made, bool IsDone) Step(ReadOnlySpan<byte> source, int directive)
    {
        fixed (byte* sourcePointer = source, outputPointer = _output)
        {
            var input = new ZstdBuffer { Start = sourcePointer, Size = (nuint)source.Length };
            var output = new ZstdBuffer { Start = outputPointer, Size = (nuint)_output.Length };
            var left = LibZstd.CompressStream(_context.Pointer, ref output, ref input, directive);
            Require(left);
            return ((int)input.Position, (int)output.Position, left == 0);
        }
    }

    private static void Require(nuint code)
    {
        if (LibZstd.IsError(code) != 0) throw new InvalidOperationException("libzstd failed to compress");
    }
}
