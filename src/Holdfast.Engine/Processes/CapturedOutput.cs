using System.Buffers;

namespace Holdfast.Engine.Processes;

/// <summary>Collects the beginning of what a program writes, and reads on to the end so that the program is never held up.</summary>
internal sealed class CapturedOutput(Stream stream, int limit)
{
    private const int BufferSize = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _kept = new();
    private bool _cut;
    private bool _ended;

    /// <summary>Completes when the last process that holds the other end closes it.</summary>
    public async Task ReadToEndAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        int length;
        while ((length = await stream.ReadAsync(buffer, cancellationToken)) > 0) Keep(buffer.AsSpan(0, length));
        lock (_lock) _ended = true;
    }

    /// <summary>What has come so far; cut when beyond the limit, or when the end was not seen.</summary>
    public (ReadOnlyMemory<byte> Bytes, bool WasCut) Take()
    {
        lock (_lock) return (_kept.WrittenMemory.ToArray(), _cut || !_ended);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var room = Math.Min(bytes.Length, limit - _kept.WrittenCount);
            _kept.Write(bytes[..room]);
            _cut |= room < bytes.Length;
        }
    }
}
