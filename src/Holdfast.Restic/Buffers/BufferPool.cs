using System.Buffers;

namespace Holdfast.Restic.Buffers;

/// <summary>
/// Large buffers that are lent again and again. There are never more than were lent at the same time: <see cref="ArrayPool{T}.Shared"/> keeps some
/// for every thread and every size, which with buffers of megabytes comes to hundreds of them. Thread-safe.
/// </summary>
public sealed class BufferPool : ArrayPool<byte>
{
    /// <summary>Longer ones, such as for a huge index file, are not kept.</summary>
    internal const int LongestKept = 32 << 20;

    private const int Shortest = 64 << 10;

    // What is never touched takes no memory, but a buffer that is given up for a longer one does until the next collection: few sizes, far apart, and one of
    // them that of the largest chunk.
    private static readonly int[] Sizes = [Shortest, 1 << 20, 8 << 20, LongestKept];

    // What a chunk is compressed or sealed in is a little longer than the chunk.
    private const int Slack = 128;

    private readonly Lock _gate = new();

    // By length, and few: as many as there are workers, some times three.
    private readonly List<byte[]> _idle = [];

    /// <summary>The bytes of all that wait to be lent.</summary>
    internal long IdleBytes
    {
        get
        {
            lock (_gate) return _idle.Sum(buffer => (long)buffer.Length);
        }
    }

    /// <summary>The shortest that is long enough. Where none is, one that is too short makes room for it.</summary>
    public override byte[] Rent(int minimumLength)
    {
        lock (_gate)
        {
            var fitting = _idle.FindIndex(buffer => buffer.Length >= minimumLength);
            var index = fitting >= 0 ? fitting : _idle.Count - 1;
            if (index >= 0)
            {
                var buffer = _idle[index];
                _idle.RemoveAt(index);
                if (fitting >= 0) return buffer;
            }
        }

        return GC.AllocateUninitializedArray<byte>(RoundUp(minimumLength));
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (array.Length is < Shortest or > LongestKept + LongestKept / Slack) return;
        if (clearArray) Array.Clear(array);
        lock (_gate)
        {
            var index = _idle.FindIndex(buffer => buffer.Length >= array.Length);
            _idle.Insert(index < 0 ? _idle.Count : index, array);
        }
    }

    private static int RoundUp(int length)
    {
        foreach (var size in Sizes)
        {
            var whole = size + size / Slack;
            if (length <= whole) return whole;
        }

        return length;
    }
}
