using System.Security.Cryptography;

namespace Holdfast.Restic.Crypto;

/// <summary>
/// The keys of a repository, or those derived from a passphrase: 32 bytes for AES-256-CTR, 16 for the AES of the MAC (k) and 16 for its
/// polynomial (r, clamped at use, so two equal keys may differ in raw r). Section 3.1.
/// </summary>
public sealed class MasterKey : IDisposable
{
    /// <summary>Bytes of all three parts in the order encrypt, k, r.</summary>
    public const int Size = 64;

    private readonly byte[] _material;

    /// <param name="material">64 bytes: encrypt, k, r.</param>
    /// <exception cref="CryptographicException">A part is all zero.</exception>
    public MasterKey(ReadOnlySpan<byte> material)
    {
        if (material.Length != Size) throw new CryptographicException("a key has 64 bytes");
        _material = material.ToArray();
        if (!HasContent(Encrypt) || !HasContent(MacK) || !HasContent(MacR)) throw new CryptographicException("a part of the key is all zero");
    }

    internal ReadOnlySpan<byte> Encrypt => _material.AsSpan(0, 32);

    internal ReadOnlySpan<byte> MacK => _material.AsSpan(32, 16);

    internal ReadOnlySpan<byte> MacR => _material.AsSpan(48, 16);

    /// <summary>A fresh random key.</summary>
    public static MasterKey Generate()
    {
        Span<byte> material = stackalloc byte[Size];
        RandomNumberGenerator.Fill(material);
        var key = new MasterKey(material);
        CryptographicOperations.ZeroMemory(material);
        return key;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_material);

    public override string ToString() => "master key";

    private static bool HasContent(ReadOnlySpan<byte> part) => part.IndexOfAnyExcept((byte)0) >= 0;
}
