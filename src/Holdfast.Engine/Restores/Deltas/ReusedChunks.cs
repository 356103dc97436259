namespace Holdfast.Engine.Restores.Deltas;

/// <summary>Which chunks of a file were there already. Different chunks may be added by several threads at a time.</summary>
internal sealed class ReusedChunks(int count)
{
    private readonly bool[] _chunks = new bool[count];
    private long _bytes;

    /// <summary>Of all of them.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    internal bool this[int chunk] => _chunks[chunk];

    internal void Add(int chunk, long length)
    {
        _chunks[chunk] = true;
        Interlocked.Add(ref _bytes, length);
    }
}
