using Holdfast.Restic.Failures;
using Holdfast.Restic.Streams;

namespace Holdfast.Restic.Compression;

/// <summary>
/// Decompresses zstd frames one after the other and checks their checksums. A frame that asks for a larger window than the <c>zstd</c>
/// program accepts by default is refused, so that a hostile one cannot ask for any amount of memory.
/// </summary>
public sealed class ZstdDecompressingStream : OneWayStream
{
    /// <summary>128 MiB, the limit of the zstd program without --long.</summary>
    private const int LargestWindowLog = 27;

    private readonly ZstdContext _context = ZstdContext.ForDecompression();
    private readonly byte[] _input = new byte[128 * 1024];
    private readonly Stream _source;
    private int _start;
    private int _end;
    private bool _isInFrame;
    private bool _hasMore;

    /// <param name="source">Where the frames come from; stays open.</param>
    public ZstdDecompressingStream(Stream source)
    {
        _source = source;
        LibZstd.SetDecompression(_context.Pointer, LibZstd.ParameterWindowLogMax, LargestWindowLog);
    }

    public override bool CanRead => true;

    /// <exception cref="HoldfastException">Damaged: truncated, altered, no zstd, or it asks for too much memory.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_start == _end && !_hasMore)
            {
                (_start, _end) = (0, _source.Read(_input));
                if (_end == 0) return EndOfSource();
            }

            if (Step(buffer) is > 0 and var made) return made;
        }

        return 0;
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (_start == _end && !_hasMore)
            {
                (_start, _end) = (0, await _source.ReadAsync(_input, cancellationToken).ConfigureAwait(false));
                if (_end == 0) return EndOfSource();
            }

            if (Step(buffer.Span) is > 0 and var made) return made;
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _context.Dispose();
        base.Dispose(disposing);
    }

    private int EndOfSource() => _isInFrame ? throw Damaged("it is truncated") : 0;

    private unsafe int Step(Span<byte> destination)
    {
        fixed (byte* inputPointer = _input, outputPointer = destination)
        {
            var input = new ZstdBuffer { Start = inputPointer + _start, Size = (nuint)(_end - _start) };
            var output = new ZstdBuffer { Start = outputPointer, Size = (nuint)destination.Length };
            var result = LibZstd.DecompressStream(_context.Pointer, ref output, ref input);
            if (LibZstd.IsError(result) != 0) throw Damaged("it is altered, or no zstd stream, or asks for too much memory");
            _start += (int)input.Position;
            // Zero: a frame has just ended. A full buffer may hide more that the library has ready.
            _isInFrame = result != 0;
            _hasMore = result != 0 && output.Position == output.Size;
            return (int)output.Position;
        }
    }

    private static HoldfastException Damaged(string why) => new(FailureKind.Damaged, $"the zstd stream cannot be decompressed: {why}");
}
