using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Packs;

public sealed class PackHeaderTests
{
    /// <summary>Contiguous blobs as a pack has them.</summary>
    internal static Gen<List<PackedBlob>> Blobs { get; } =
        (from type in Gen.Elements(BlobType.Data, BlobType.Tree)
         from length in Gen.Choose(Sealer.Overhead, 5_000_000)
         from uncompressed in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(1, 8_000_000)))
         from seed in Gen.Choose(1, int.MaxValue)
         select (type, length, uncompressed, seed)).ListOf().Select(parts =>
    {
        var blobs = new List<PackedBlob>();
        uint offset = 0;
        foreach (var (type, length, uncompressed, seed) in parts)
        {
            blobs.Add(new PackedBlob(new BlobHandle(type, Id.Of(BitConverter.GetBytes(seed))), offset, (uint)length, (uint)uncompressed));
            offset += (uint)length;
        }

        return blobs;
    });

    [Fact]
    public void What_is_encoded_decodes_and_has_the_computed_size() => Property.Check(Blobs, blobs =>
    {
        var header = PackHeader.Encode(blobs);
        return PackHeader.Decode(header).SequenceEqual(blobs)
            && PackHeader.PackSize(blobs) == blobs.Sum(blob => blob.Length) + header.Length + Sealer.Overhead + 4;
    });

    [Fact]
    public void Arbitrary_bytes_decode_or_are_damaged() => Property.Check(Property.Byte.ListOf(), 1000, bytes =>
    {
        try
        {
            return PackHeader.Encode(PackHeader.Decode([.. bytes])).SequenceEqual(bytes);
        }
        catch (HoldfastException error)
        {
            return error.Kind == FailureKind.Damaged;
        }
    });

    [Fact]
    public void Entries_that_cannot_be_are_damaged()
    {
        var id = SyntheticTree.RandomBytes(1, 32);
        byte[] good = [2, 100, 0, 0, 0, 50, 0, 0, 0, .. id];
        Assert.Single(PackHeader.Decode(good));

        Failing.Throws(FailureKind.Damaged, () => PackHeader.Decode([4, .. good[1..]])); // an unknown type
        Failing.Throws(FailureKind.Damaged, () => PackHeader.Decode(good.AsSpan(0, 40))); // cut off
        Failing.Throws(FailureKind.Damaged, () => PackHeader.Decode([2, 31, .. good[2..]])); // shorter than its overhead
        Failing.Throws(FailureKind.Damaged, () => PackHeader.Decode([2, 100, 0, 0, 0, 0, .. good[6..]])); // compressed from nothing
        byte[] huge = [0, 0xFF, 0xFF, 0xFF, 0xFF, .. id];
        Failing.Throws(FailureKind.Damaged, () => PackHeader.Decode([.. huge, .. huge])); // offsets beyond 32 bits
    }

    [Fact]
    public void The_smallest_pack_has_the_size_the_format_names() =>
        Assert.Equal(PackHeader.MinimumPackSize + Sealer.Overhead, PackHeader.PackSize([new PackedBlob(default, 0, Sealer.Overhead, 0)]));
}
