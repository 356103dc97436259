namespace Holdfast.Restic.Trees;

/// <summary>Rules for the names of tree entries, which are raw bytes (section 7.4).</summary>
public static class NodeName
{
    /// <summary>The order of a tree: bytewise unsigned, neither that of UTF-16 nor that of a culture.</summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => left.SequenceCompareTo(right);

    /// <summary>
    /// Whether the name is one path component. A restore must refuse any other: a hostile tree could leave the target with it.
    /// </summary>
    public static bool IsSafe(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.IndexOfAny((byte)'/', (byte)0) < 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
}
