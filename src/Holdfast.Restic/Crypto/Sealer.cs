using System.Security.Cryptography;

namespace Holdfast.Restic.Crypto;

/// <summary>
/// Seals and opens containers (IV, AES-256-CTR, Poly1305-AES; section 3.1) with native contexts that are set up once.
/// Not thread-safe: one for each worker.
/// </summary>
internal sealed class Sealer : IDisposable
{
    internal const int Overhead = IvSize + Poly1305Context.TagSize;

    /// <summary>Bytes of a container before the ciphertext.</summary>
    internal const int Prefix = IvSize;

    private const int IvSize = 16;

    private readonly CipherContext _ctr;
    private readonly CipherContext _nonceCipher;
    private readonly Poly1305Context _poly;
    private readonly byte[] _macR;

    internal Sealer(MasterKey key)
    {
        LibCrypto.OfSystem.EnsureLoaded();
        _poly = new Poly1305Context();
        _ctr = CipherContext.Create(LibCrypto.Aes256Ctr(), key.Encrypt);
        _nonceCipher = CipherContext.Create(LibCrypto.Aes128Ecb(), key.MacK);
        _macR = key.MacR.ToArray();
    }

    /// <summary>
    /// Writes the container of <paramref name="plaintext"/> and returns its length, always 32 bytes more. The plaintext may stand in the destination where its ciphertext is to be.
    /// </summary>
    internal int Seal(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        var length = plaintext.Length + Overhead;
        var iv = destination[..IvSize];
        var ciphertext = destination.Slice(IvSize, plaintext.Length);
        RandomNumberGenerator.Fill(iv);
        ApplyCtr(iv, plaintext, ciphertext);
        ComputeTag(iv, ciphertext, destination[(IvSize + plaintext.Length)..length]);
        return length;
    }

    /// <summary>Verifies and decrypts; false when the container is too short or its MAC is wrong, and then nothing is written.</summary>
    /// <param name="container">The sealed bytes.</param>
    /// <param name="destination">At least 32 bytes shorter than the container.</param>
    internal bool TryOpen(ReadOnlySpan<byte> container, Span<byte> destination)
    {
        if (container.Length < Overhead) return false;
        var iv = container[..IvSize];
        var ciphertext = container[IvSize..^Poly1305Context.TagSize];
        Span<byte> tag = stackalloc byte[Poly1305Context.TagSize];
        ComputeTag(iv, ciphertext, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, container[^Poly1305Context.TagSize..])) return false;
        ApplyCtr(iv, ciphertext, destination[..ciphertext.Length]);
        return true;
    }

    public void Dispose()
    {
        _ctr.Dispose();
        _nonceCipher.Dispose();
        _poly.Dispose();
        CryptographicOperations.ZeroMemory(_macR);
    }

    private unsafe void ApplyCtr(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty) return;
        int written;
        fixed (byte* ivPointer = iv, inputPointer = input, outputPointer = output)
        {
            var done = LibCrypto.EncryptInit(_ctr.Pointer, 0, 0, null, ivPointer) == 1
                && LibCrypto.EncryptUpdate(_ctr.Pointer, outputPointer, &written, inputPointer, input.Length) == 1
                && written == input.Length;
            if (!done) throw new InvalidOperationException("libcrypto failed to encrypt");
        }
    }

    private unsafe void ComputeTag(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> ciphertext, Span<byte> tag)
    {
        Span<byte> oneTimeKey = stackalloc byte[32];
        _macR.CopyTo(oneTimeKey);
        int written;
        fixed (byte* ivPointer = iv, s = oneTimeKey[16..])
        {
            if (LibCrypto.EncryptUpdate(_nonceCipher.Pointer, s, &written, ivPointer, IvSize) != 1 || written != IvSize)
                throw new InvalidOperationException("libcrypto failed to encrypt a nonce");
        }

        _poly.Compute(oneTimeKey, ciphertext, tag);
    }
}
