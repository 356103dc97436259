namespace Holdfast.Engine.Processes;

/// <summary>The beginning of what a program wrote.</summary>
internal readonly record struct CapturedOutput(ReadOnlyMemory<byte> Bytes, bool WasCut)
{
    private const int BufferSize = 16 * 1024;

    /// <summary>Reads to the end and keeps the first <paramref name="limit"/> bytes.</summary>
    public static async Task<CapturedOutput> ReadAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        var kept = new MemoryStream();
        var buffer = new byte[BufferSize];
        var cut = false;
        int length;
        while ((length = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            var room = Math.Min(length, limit - (int)kept.Length);
            kept.Write(buffer, 0, room);
            cut |= room < length;
        }

        return new CapturedOutput(kept.ToArray(), cut);
    }
}
