using System.Security.Cryptography;
using System.Text;
using FsCheck.Fluent;
using Holdfast.Restic.Crypto;
using Xunit;

namespace Holdfast.Tests.Restic.Crypto;

public sealed class SealerTests
{
    private const string VectorKey = "303e8687b1d7db18421bdc6bb8588ccadac4d59ee87b8ff70c44e635790cafef" + "ef4d8824cb80b2bcc5fbff8a9b12a42c" + "cc8d4b948ee0ebfe1d415de921d10353";

    [Theory]
    [InlineData("ec074c835580741701425b623235add6", "851fc40c3467ac0be05cc20404f3f700", "fb447350c4e868c52ac3275cf9d4327e", "f3f6", "f4c633c3044fc145f84f335cb81953de")]
    [InlineData("75deaa25c09f208e1dc4ce6b5cad3fbf", "a0f3080000f46400d0c7e9076c834403", "61ee09218d29b0aaed7e154a2c5509cc", "", "dd3fab2251f11ac759f0887129cc2ee7")]
    [InlineData("6acb5f61a7176dd320c5c1eb2edcdc74", "48443d0bb0d21109c89a100b5ce2c208", "ae212a55399729595dea458bc621ff0e", "663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136", "0ee1c16bb73f0f4fd19881753c01cdbe")]
    [InlineData("e1a5668a4d5b66a5f68cc5424ed5982d", "12976a08c4426d0ce8a82407c4f48207", "9ae831e743978d3a23527c7128149e3a", "ab0812724a7f1e342742cbed374d94d136c6b8795d45b3819830f2c04491faf0990c62e48b8018b2c3e4a0fa3134cb67fa83e158c994d961c4cb21095c1bf9", "5154ad0d2cb26e01274fc51148491f1b")]
    public void The_tag_is_that_of_the_published_vectors(string k, string r, string nonce, string message, string tag)
    {
        var s = new byte[16];
        using (var aes = Aes.Create())
        {
            aes.Key = Convert.FromHexString(k);
            aes.EncryptEcb(Convert.FromHexString(nonce), s, PaddingMode.None);
        }

        using var poly = new Poly1305Context();
        var computed = new byte[16];
        poly.Compute([.. Convert.FromHexString(r), .. s], Convert.FromHexString(message), computed);
        Assert.Equal(tag, Convert.ToHexStringLower(computed));

        // The same through a whole container: its MAC is over the ciphertext, whatever that decrypts to.
        using var sealer = new Sealer(new MasterKey([.. Enumerable.Repeat((byte)1, 32), .. Convert.FromHexString(k), .. Convert.FromHexString(r)]));
        Assert.True(sealer.TryOpen(Convert.FromHexString(nonce + message + tag), new byte[message.Length / 2]));
    }

    [Fact]
    public void A_container_whose_key_is_not_clamped_opens()
    {
        using var sealer = new Sealer(new MasterKey(Convert.FromHexString(VectorKey)));
        var container = Convert.FromHexString("69fb41c62d12def4593bd71757138606338f621aeaeb39da0fe4f99233f8037a54ea63338a813bcf3f75d8c3cc75dddf8750");
        var plaintext = new byte[container.Length - Sealer.Overhead];

        Assert.True(sealer.TryOpen(container, plaintext));
        Assert.Equal("Dies ist ein Test!", Encoding.ASCII.GetString(plaintext));
    }

    [Fact]
    public void The_counter_wraps_from_all_ones_to_zero()
    {
        var key = new MasterKey(Convert.FromHexString(VectorKey));
        using var sealer = new Sealer(key);
        var plaintext = new byte[48];
        var container = Seal(sealer, plaintext);
        // The key stream of an IV of all ones: AES of all ones, then of zero, then of one.
        using var aes = Aes.Create();
        aes.Key = key.Encrypt.ToArray();
        byte[] counters = [.. Enumerable.Repeat((byte)0xFF, 16), .. new byte[31], 1];
        var stream = aes.EncryptEcb(counters, PaddingMode.None);
        Enumerable.Repeat((byte)0xFF, 16).ToArray().CopyTo(container, 0);
        stream.CopyTo(container, 16);
        using var mac = Aes.Create();
        mac.Key = key.MacK.ToArray();
        using var poly = new Poly1305Context();
        poly.Compute([.. key.MacR, .. mac.EncryptEcb(container.AsSpan(0, 16), PaddingMode.None)], stream, container.AsSpan(64));

        var opened = new byte[48];
        Assert.True(sealer.TryOpen(container, opened));
        Assert.Equal(plaintext, opened);
    }

    [Fact]
    public void Any_changed_byte_or_missing_end_is_refused_and_nothing_written()
    {
        using var sealer = new Sealer(MasterKey.Generate());
        var container = Seal(sealer, "some plaintext of two blocks or so"u8);
        var destination = new byte[container.Length];
        for (var i = 0; i < container.Length; i++)
        {
            container[i] ^= 1;
            Assert.False(sealer.TryOpen(container, destination), $"byte {i}");
            container[i] ^= 1;
            Assert.False(sealer.TryOpen(container.AsSpan(0, i), destination), $"length {i}");
        }

        Assert.Equal(new byte[container.Length], destination);
        Assert.True(sealer.TryOpen(container, destination));
    }

    [Fact]
    public void Everything_that_is_sealed_opens_with_the_same_key_only_and_never_looks_the_same_twice()
    {
        using var sealer = new Sealer(MasterKey.Generate());
        using var other = new Sealer(MasterKey.Generate());
        Property.Check(Property.Byte.ListOf(), plaintext =>
        {
            var container = Seal(sealer, [.. plaintext]);
            var opened = new byte[plaintext.Count];
            return container.Length == plaintext.Count + Sealer.Overhead
                && sealer.TryOpen(container, opened) && opened.SequenceEqual(plaintext)
                && !other.TryOpen(container, opened)
                && !Seal(sealer, [.. plaintext]).SequenceEqual(container);
        });
    }

    [Fact]
    public void A_key_with_a_part_of_zeros_is_refused()
    {
        var good = Enumerable.Repeat((byte)1, MasterKey.Size).ToArray();
        foreach (var (start, length) in new[] { (0, 32), (32, 16), (48, 16) })
        {
            var bad = good.ToArray();
            bad.AsSpan(start, length).Clear();
            Assert.Throws<CryptographicException>(() => new MasterKey(bad));
        }

        Assert.Throws<CryptographicException>(() => new MasterKey(good.AsSpan(1)));
    }

    private static byte[] Seal(Sealer sealer, ReadOnlySpan<byte> plaintext)
    {
        var container = new byte[plaintext.Length + Sealer.Overhead];
        Assert.Equal(container.Length, sealer.Seal(plaintext, container));
        return container;
    }
}
