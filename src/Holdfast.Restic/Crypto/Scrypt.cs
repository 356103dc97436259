using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;

namespace Holdfast.Restic.Crypto;

/// <summary>Derives a key from a passphrase (RFC 7914).</summary>
internal static class Scrypt
{
    /// <exception cref="HoldfastException">libcrypto could not allocate the memory that the parameters ask for.</exception>
    internal static unsafe void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, ScryptParameters cost, Span<byte> key)
    {
        LibCrypto.OfSystem.EnsureLoaded();
        // The library's limit is for all of its buffers; twice the table is room for the others.
        var maximumMemory = (2UL * 128 * (ulong)cost.R * (ulong)cost.N) + (64UL << 20);
        Span<byte> none = stackalloc byte[1];
        var password = passphrase.IsEmpty ? none[..0] : passphrase;
        fixed (byte* passwordPointer = password, saltPointer = salt, keyPointer = key)
        {
            var done = LibCrypto.Scrypt(
                passwordPointer, (nuint)passphrase.Length, saltPointer, (nuint)salt.Length, (ulong)cost.N, (ulong)cost.R, (ulong)cost.P,
                maximumMemory, keyPointer, (nuint)key.Length);
            if (done != 1)
                throw new HoldfastException(FailureKind.Failed, "the key could not be derived from the passphrase: libcrypto refused scrypt");
        }
    }
}
