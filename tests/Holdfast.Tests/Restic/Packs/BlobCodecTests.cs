using FsCheck.Fluent;
using Holdfast.Restic.Buffers;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;
using Xunit;

namespace Holdfast.Tests.Restic.Packs;

public sealed class BlobCodecTests : IDisposable
{
    private readonly BlobCodec _codec = new(MasterKey.Generate(), new BufferPool());

    public void Dispose() => _codec.Dispose();

    [Fact]
    public void Every_blob_comes_back_compressed_or_not() => Property.Check(Property.Byte.ListOf(), bytes =>
    {
        byte[] plaintext = [.. bytes, .. new byte[bytes.Count]];
        foreach (var type in new[] { BlobType.Data, BlobType.Tree })
        {
            foreach (var compress in new[] { false, true })
            {
                var (container, uncompressed) = _codec.Encode(type, plaintext, compress);
                var blob = new PackedBlob(new BlobHandle(type, Id.Of(plaintext)), 0, (uint)container.Length, uncompressed);
                if (_codec.TryDecode(container.ToArray(), blob) is not { } decoded || !decoded.Span.SequenceEqual(plaintext)) return false;
                if (!compress && uncompressed != 0) return false;
            }
        }

        return true;
    });

    [Fact]
    public void Data_are_compressed_when_it_helps_trees_always_and_nothing_never()
    {
        var incompressible = Holdfast.Testing.SyntheticTree.RandomBytes(1, 1000);
        Assert.Equal(0u, _codec.Encode(BlobType.Data, incompressible, compress: true).UncompressedLength);
        Assert.Equal(1000u, _codec.Encode(BlobType.Tree, incompressible, compress: true).UncompressedLength);
        Assert.Equal(1000u, _codec.Encode(BlobType.Data, new byte[1000], compress: true).UncompressedLength);
        Assert.Equal(0u, _codec.Encode(BlobType.Tree, [], compress: true).UncompressedLength);
    }

    [Fact]
    public void A_damaged_container_is_nothing_and_not_an_empty_blob()
    {
        foreach (var plaintext in new[] { [], new byte[100] })
        {
            var (encoded, uncompressed) = _codec.Encode(BlobType.Data, plaintext, compress: true);
            var container = encoded.ToArray();
            var blob = new PackedBlob(new BlobHandle(BlobType.Data, Id.Of(plaintext)), 0, (uint)container.Length, uncompressed);
            Assert.NotNull(_codec.TryDecode(container, blob));

            Assert.Null(_codec.TryDecode(container, blob with { Handle = new BlobHandle(BlobType.Data, Id.Of([1])) }));
            Assert.Null(_codec.TryDecode(container, blob with { UncompressedLength = uncompressed + 1 }));
            Assert.Null(_codec.TryDecode(container, blob with { UncompressedLength = uint.MaxValue }));
            Assert.Null(_codec.TryDecode(container.AsSpan(1), blob));
            Assert.Null(_codec.TryDecode([], blob));
            container[20] ^= 1;
            Assert.Null(_codec.TryDecode(container, blob));
            Assert.Null(_codec.TryUnseal(container));
            Assert.Null(_codec.TryDecodeDocument(container, mayBeCompressed: true));
        }
    }
}
