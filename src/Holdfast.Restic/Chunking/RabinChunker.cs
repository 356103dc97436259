using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Restic.Chunking;

/// <summary>
/// Cuts files where their content says so, exactly as restic does with the same polynomial (section 8), so that files deduplicate against its
/// backups. A cut depends on nothing but the 64 bytes before it, hence the first <see cref="MinimumSize"/> bytes are hardly looked at, and
/// stretches of a file can be hashed side by side: four at a time, because one rolling hash spends its time waiting for a table lookup.
/// </summary>
public sealed class RabinChunker(RabinTables tables)
{
    /// <summary>No chunk but the last of a file is shorter, in bytes.</summary>
    public const int MinimumSize = 512 * 1024;

    /// <summary>No chunk is longer, in bytes.</summary>
    public const int MaximumSize = 8 * 1024 * 1024;

    private const ulong CutMask = (1 << 20) - 1;

    // Long enough to make the 64 bytes of warming up cheap, short enough not to hash much beyond a cut.
    private const int LaneLength = 4096;
    private const int Lanes = 4;

    /// <summary>The length of the first chunk of <paramref name="data"/>; 0 only when that is empty.</summary>
    /// <param name="data">The rest of the file from a cut on, or at least its next <see cref="MaximumSize"/> bytes.</param>
    public int NextCut(ReadOnlySpan<byte> data)
    {
        if (data.Length <= MinimumSize) return data.Length;
        var limit = Math.Min(data.Length, MaximumSize);
        ref var start = ref MemoryMarshal.GetReference(data);

        // The index of the byte after which a cut is possible.
        var position = MinimumSize - 1;
        while (position + (Lanes * LaneLength) <= limit && !HasCut(ref start, position)) position += Lanes * LaneLength;
        return FirstCut(ref start, position, limit);
    }

    /// <summary>The digest after the last byte of <paramref name="window"/>, for tests against the vectors.</summary>
    internal ulong Digest(ReadOnlySpan<byte> window) => Digest(ref MemoryMarshal.GetReference(window), window.Length);

    private ulong Digest(ref byte start, nint end)
    {
        var digest = 0UL;
        for (var i = end - RabinTables.WindowSize; i < end; i++) digest = tables.Append(digest, Unsafe.Add(ref start, i));
        return digest;
    }

    // Whether a cut is possible after any of the bytes from `position` on, one group of lanes long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool HasCut(ref byte start, nint position)
    {
        ref var mod = ref MemoryMarshal.GetArrayDataReference(tables.Mod);
        ref var gone = ref MemoryMarshal.GetArrayDataReference(tables.Out);
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
            if ((digest0 & CutMask) == 0 || (digest1 & CutMask) == 0 || (digest2 & CutMask) == 0 || (digest3 & CutMask) == 0) return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FirstCut(ref byte start, int position, int limit)
    {
        ref var mod = ref MemoryMarshal.GetArrayDataReference(tables.Mod);
        ref var gone = ref MemoryMarshal.GetArrayDataReference(tables.Out);
        var digest = Digest(ref start, position);
        for (nint i = position; i < limit; i++)
        {
            digest = Roll(ref mod, ref gone, digest, ref Unsafe.Add(ref start, i));
            if ((digest & CutMask) == 0) return (int)i + 1;
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
