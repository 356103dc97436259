using System.Buffers.Binary;
using System.Security.Cryptography;
using FsCheck.Fluent;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Chunking;

public sealed class RabinChunkerTests
{
    private const int Kibibyte = 1024;

    private static readonly RabinTables Tables = new(new Polynomial(0x3DA3358B4DC173));

    private static readonly RabinChunker Chunker = new(Tables);

    /// <summary>Vector C: length, digest at the cut (null at the end of the file), start of the SHA-256.</summary>
    private static readonly (int Length, ulong? Digest, string Hash)[] VectorC =
    [
        (1_153_221, 0x000e23a448b00000, "a10cbceb50655f9e"),
        (1_368_292, 0x001b01d6cc100000, "6072817f2637fe1c"),
        (1_032_272, 0x00175bca31c00000, "6d99c1a6eddecb8e"),
        (574_085, 0x000e0a435e000000, "a6ca58b305253dab"),
        (580_863, 0x00198dc2da900000, "240e33b630ddd11a"),
        (707_335, 0x001ae1b03c500000, "b9660423cbe20f7e"),
        (688_668, 0x001d853d4d700000, "e4d004fd345e5b7b"),
        (1_545_561, 0x0017c0a009700000, "c54eba6adba041b6"),
        (2_359_577, 0x000082832b600000, "eb91f5205df73aea"),
        (1_935_291, 0x0001f916a2300000, "40a8e07f4639d9fc"),
        (1_312_011, 0x000ac3dcfce00000, "f0e24adc2c55668c"),
        (856_912, 0x0000a3c149600000, "ba832122fb564aa7"),
        (2_663_128, null, "aad45fab5c400ea0"),
    ];

    [Fact]
    public void Zeros_are_cut_at_the_minimum()
    {
        var data = new byte[4 * 512 * Kibibyte];
        Assert.Equal([524_288, 524_288, 524_288, 524_288], Cuts(data));
        Assert.Equal("07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541", Id.Of(data.AsSpan(0, 524_288)).ToString());
    }

    [Fact]
    public void Monotony_is_cut_at_the_maximum()
    {
        var data = new byte[20 * Kibibyte * Kibibyte];
        data.AsSpan().Fill(1);
        Assert.Equal([8_388_608, 8_388_608, 4_194_304], Cuts(data));
    }

    [Fact]
    public void Random_data_is_cut_where_restic_cuts_it()
    {
        var data = Random(16 * Kibibyte * Kibibyte, 23);
        Assert.Equal("292325ed75cc122bb47a3884b1587bd0a8dc6a508ac286b0b1287cd7ad80ef3d", Id.Of(data).ToString());
        Assert.Equal(VectorC.Select(chunk => chunk.Length), Cuts(data));
        var start = 0;
        foreach (var (length, digest, hash) in VectorC)
        {
            var chunk = data.AsSpan(start, length);
            if (digest is { } wanted) Assert.Equal(wanted, Chunker.Digest(chunk));
            Assert.StartsWith(hash, Convert.ToHexStringLower(SHA256.HashData(chunk)), StringComparison.Ordinal);
            start += length;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(524_287)]
    [InlineData(524_288)]
    public void Small_files_are_one_chunk(int length) => Assert.Equal(length, Chunker.NextCut(new byte[length]));

    [Fact]
    public void Cuts_add_up_keep_their_bounds_and_agree_with_the_definition()
    {
        var sizes = Gen.OneOf(Gen.Choose(0, 3 * 1024 * 1024), Gen.Elements(524_289, 524_288 + 16_383, 524_287 + 16_384, 524_288 + 16_384));
        Property.Check(sizes.Zip(Gen.Choose(1, 1000)), 20, input =>
        {
            var data = Random(input.Item1, (ulong)input.Item2);
            var cuts = Cuts(data);
            return cuts.Sum() == data.Length
                && cuts.All(length => length <= RabinChunker.MaximumSize)
                && cuts.SkipLast(1).All(length => length >= RabinChunker.MinimumSize)
                && cuts.SequenceEqual(CutsByDefinition(data));
        });
    }

    [Fact]
    public void More_data_than_the_maximum_changes_nothing()
    {
        var data = Random(12 * Kibibyte * Kibibyte, 5);
        Assert.Equal(Chunker.NextCut(data), Chunker.NextCut(data.AsSpan(0, RabinChunker.MaximumSize)));
    }

    [Fact]
    public void Shifted_content_is_cut_at_the_same_places_again() => Property.Check(Gen.Choose(1, 700_000), 5, shift =>
    {
        var data = Random(12 * Kibibyte * Kibibyte, 7);
        var shifted = Random(shift, 99).Concat(data).ToArray();
        var ends = Ends(Cuts(data)).ToHashSet();
        var shared = Ends(Cuts(shifted)).Count(end => ends.Contains(end - shift));
        return shared >= ends.Count / 2;
    });

    private static List<int> Cuts(ReadOnlySpan<byte> data)
    {
        var cuts = new List<int>();
        while (!data.IsEmpty)
        {
            cuts.Add(Chunker.NextCut(data));
            data = data[cuts[^1]..];
        }

        return cuts;
    }

    private static IEnumerable<int> Ends(IEnumerable<int> cuts)
    {
        var end = 0;
        return cuts.Select(length => end += length).ToList();
    }

    // The format's own words, one byte after the other, with the window and its initial byte.
    private static List<int> CutsByDefinition(byte[] data)
    {
        var polynomial = Tables.Polynomial;
        var leaving = new ulong[256];
        for (var value = 0; value < 256; value++)
        {
            var contribution = new Polynomial((ulong)value);
            for (var i = 0; i < 63; i++) contribution = new Polynomial(contribution.Bits << 8).Mod(polynomial);
            leaving[value] = contribution.Bits;
        }

        var cuts = new List<int>();
        for (var start = 0; start < data.Length; start += cuts[^1]) cuts.Add(CutByDefinition(data.AsSpan(start), leaving));
        return cuts;
    }

    private static int CutByDefinition(ReadOnlySpan<byte> data, ulong[] leaving)
    {
        var window = new byte[64];
        window[0] = 1;
        var (position, digest) = (1, 1UL);
        for (var i = RabinChunker.MinimumSize - 64; i < data.Length; i++)
        {
            digest ^= leaving[window[position]];
            window[position] = data[i];
            position = (position + 1) % 64;
            digest = new Polynomial((digest << 8) | data[i]).Mod(Tables.Polynomial).Bits;
            if (i + 1 >= RabinChunker.MinimumSize && ((digest & 0xFFFFF) == 0 || i + 1 >= RabinChunker.MaximumSize)) return i + 1;
        }

        return data.Length;
    }

    // splitmix64, as the vectors have it.
    private static byte[] Random(int length, ulong seed)
    {
        var data = new byte[(length + 7) / 8 * 8];
        for (var i = 0; i < data.Length; i += 8)
        {
            seed += 0x9E3779B97F4A7C15;
            var z = seed;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(i), z ^ (z >> 31));
        }

        return data[..length];
    }
}
