namespace Holdfast.Restic.Backends.Layers;

/// <summary>What was asked of a storage. Bytes are of contents, without headers.</summary>
public sealed record BackendTraffic(long Lists, long Stats, long Reads, long Writes, long Deletes, long BytesRead, long BytesWritten)
{
    /// <summary>All requests together.</summary>
    public long Requests => Lists + Stats + Reads + Writes + Deletes;
}
