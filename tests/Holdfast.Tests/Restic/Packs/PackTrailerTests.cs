using System.Buffers.Binary;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Buffers;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Packs;

public sealed class PackTrailerTests : IDisposable
{
    private readonly MemoryBackend _backend = new();
    private readonly BlobCodecPool _codecs = new(MasterKey.Generate(), new BufferPool());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _codecs.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public async Task The_header_is_read_whether_or_not_it_fits_the_first_reading(int count)
    {
        var (content, blobs) = Build(count);
        Assert.Equal(blobs, await ReadAsync(content));
        Assert.Equal(blobs, PackTrailer.Parse(Stored(content), content, _codecs));
        Assert.Equal(content.Length, PackHeader.PackSize(blobs));
    }

    [Fact]
    public async Task A_header_length_that_cannot_be_is_damaged()
    {
        var (content, _) = Build(20);
        foreach (var length in new uint[] { 0, 31, (uint)content.Length, (uint)content.Length - 3, (16 << 20) + 5, uint.MaxValue })
        {
            BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(content.Length - 4), length);
            await Failing.ThrowsAsync(FailureKind.Damaged, () => ReadAsync(content));
        }
    }

    [Fact]
    public async Task Any_cut_and_any_changed_byte_of_the_header_is_damaged()
    {
        var (content, blobs) = Build(3);
        for (var length = 0; length < content.Length; length += 7) await Failing.ThrowsAsync(FailureKind.Damaged, () => ReadAsync(content[..length]));
        for (var i = (int)blobs.Sum(blob => blob.Length); i < content.Length; i++)
        {
            content[i] ^= 1;
            await Failing.ThrowsAsync(FailureKind.Damaged, () => ReadAsync(content));
            content[i] ^= 1;
        }
    }

    private static StoredFile Stored(byte[] content) => new(new FileHandle(FileType.Pack, Id.Of(content)), content.Length);

    private (byte[] Content, List<PackedBlob> Blobs) Build(int count)
    {
        // Smaller than needed, so that it must grow.
        var pack = new PackBuilder(64);
        using var lease = _codecs.Rent();
        for (var i = 0; i < count; i++)
        {
            var plaintext = SyntheticTree.RandomBytes(i, i);
            var (container, uncompressed) = lease.Codec.Encode(BlobType.Tree, plaintext, compress: i % 2 == 0);
            pack.Append(new BlobHandle(BlobType.Tree, Id.Of(plaintext)), container.Span, uncompressed);
        }

        return (pack.Finish(lease.Codec).ToArray(), [.. pack.Blobs]);
    }

    private async Task<List<PackedBlob>> ReadAsync(byte[] content)
    {
        var file = Stored(content);
        await _backend.WriteAsync(file.Handle, content, Token);
        return await PackTrailer.ReadAsync(_backend, file, _codecs, Token);
    }
}
