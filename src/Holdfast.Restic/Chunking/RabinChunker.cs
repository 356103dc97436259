using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Restic.Chunking;

/// <summary>
/// Cuts files where their content says so, exactly as restic does with the same polynomial (section 8), so that files deduplicate against its
/// backups. A cut depends on nothing but the 64 bytes before it, hence the first <see cref="MinimumSize"/> bytes are hardly looked at, and
/// stretches of a file can be hashed side by side: four at a time, because one rolling hash spends its time waiting for a table lookup.
/// </summary>
public sealed class RabinChunker
{
    /// <summary>No chunk but the last of a file is shorter, in bytes.</summary>
    public const int MinimumSize = 512 * 1024;

    /// <summary>No chunk is longer, in bytes.</summary>
    public const int MaximumSize = 8 * 1024 * 1024;

    private const int AverageDistance = 1 << 20;

    private readonly RabinTables _tables;
    private readonly ulong _mask;
    private readonly int _minimum;
    private readonly int _maximum;

    /// <summary>restic's own sizes: from 512 KiB to 8 MiB, 1.5 MiB on average.</summary>
    public RabinChunker(RabinTables tables)
        : this(tables, MinimumSize, MaximumSize, AverageDistance)
    {
    }

    /// <summary>Sizes of one's own, for content that is not to deduplicate against restic's backups.</summary>
    /// <param name="tables">Of the repository's polynomial.</param>
    /// <param name="minimum">No chunk but the last is shorter, in bytes; not less than the window of the hash.</param>
    /// <param name="maximum">No chunk is longer, in bytes.</param>
    /// <param name="distance">From one place where a cut is possible to the next on average, in bytes: a power of two.</param>
    public RabinChunker(RabinTables tables, int minimum, int maximum, int distance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimum, RabinTables.WindowSize + 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, minimum);
        if (!BitOperations.IsPow2(distance)) throw new ArgumentOutOfRangeException(nameof(distance), distance, "not a power of two");
        (_tables, _minimum, _maximum, _mask) = (tables, minimum, maximum, (ulong)distance - 1);
    }


    // Long enough to make the 64 bytes of warming up cheap, short enough not to hash much beyond a cut.
    private const int LaneLength = 4096;
    private const int Lanes = 4;

    /// <summary>The length of the first chunk of <paramref name="data"/>; 0 only when that is empty.</summary>
    /// <param name="data">The rest of the file from a cut on, or at least as much of it as the longest chunk.</param>
    public int NextCut(ReadOnlySpan<byte> data)
    {
        if (data.Length <= _minimum) return data.Length;
        var limit = Math.Min(data.Length, _maximum);
        ref var start = ref MemoryMarshal.GetReference(data);

        // The index of the byte after which a cut is possible.
        var position = _minimum - 1;
        // Where cuts are close together, a group of lanes has one as a rule, and would be looked through twice.
        if (_mask >= Lanes * Lanes * LaneLength)
        {
            while (position + (Lanes * LaneLength) <= limit && !HasCut(ref start, position)) position += Lanes * LaneLength;
        }

        return FirstCut(ref start, position, limit);
    }

    /// <summary>The digest after the last byte of <paramref name="window"/>, for tests against the vectors.</summary>
    internal ulong Digest(ReadOnlySpan<byte> window) => Digest(ref MemoryMarshal.GetReference(window), window.Length);

    private ulong Digest(ref byte start, nint end)
    {
        var digest = 0UL;
        for (var i = end - RabinTables.WindowSize; i < end; i++) digest = _tables.Append(digest, Unsafe.Add(ref start, i));
        return digest;
    }

    // Whether a cut is possible after any of the bytes from `position` on, one group of lanes long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool HasCut(ref byte start, nint position)
    {
        ref var mod = ref MemoryMarshal.GetArrayDataReference(_tables.Mod);
        ref var gone = ref MemoryMarshal.GetArrayDataReference(_tables.Out);
        var mask = _mask;
        var digest0 = Digest(ref start, position);
        var digest1 = Digest(ref start, position + LaneLength);
        var digest2 = Digest(ref start, position + (2 * LaneLength));
        var digest3 = Digest(ref start, position + (3 * LaneLength));
        ref var next = ref Unsafe.Add(ref start, position);
        for (nint i = 0; i < LaneLength; i++)
        {
            digest0 = Roll(ref mod, ref gone, digest0, ref Unsafe.Add(ref next, i));
            digest1 = Roll(ref mod, ref gone, digest1, ref Unsafe.Add(ref next, i + LaneLength));
            digest2 = Roll(ref mod, ref gone, digest2, ref Unsafe.Add(ref next, i + (2 * LaneLength)));
            digest3 = Roll(ref mod, ref gone, digest3, ref Unsafe.Add(ref next, i + (3 * LaneLength)));
            if ((digest0 & mask) == 0 || (digest1 & mask) == 0 || (digest2 & mask) == 0 || (digest3 & mask) == 0) return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FirstCut(ref byte start, int position, int limit)
    {
        ref var mod = ref MemoryMarshal.GetArrayDataReference(_tables.Mod);
        ref var gone = ref MemoryMarshal.GetArrayDataReference(_tables.Out);
        var mask = _mask;
        var digest = Digest(ref start, position);
        for (nint i = position; i < limit; i++)
        {
            digest = Roll(ref mod, ref gone, digest, ref Unsafe.Add(ref start, i));
            if ((digest & mask) == 0) return (int)i + 1;
        }

        return limit;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Roll(ref ulong mod, ref ulong gone, ulong digest, ref byte next)
    {
        var old = Unsafe.Add(ref next, -RabinTables.WindowSize);
        return ((digest << 8) | next) ^ Unsafe.Add(ref mod, (nint)(digest >> RabinTables.DigestShift)) ^ Unsafe.Add(ref gone, (nint)old);
    }
}
