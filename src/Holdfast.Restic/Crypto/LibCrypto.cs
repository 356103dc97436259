using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Crypto;

/// <summary>The few functions of OpenSSL 3 that the container needs and the base class library lacks (AES-CTR, Poly1305, scrypt).</summary>
internal static unsafe partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";

    internal static SystemLibrary OfSystem { get; } = new(Library, "OpenSSL 3", "libssl3 (on newer systems libssl3t64)");

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    internal static partial nint CipherContextNew();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    internal static partial void CipherContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_set_padding")]
    internal static partial int CipherContextSetPadding(nint context, int padding);

    [LibraryImport(Library, EntryPoint = "EVP_aes_256_ctr")]
    internal static partial nint Aes256Ctr();

    [LibraryImport(Library, EntryPoint = "EVP_aes_128_ecb")]
    internal static partial nint Aes128Ecb();

    [LibraryImport(Library, EntryPoint = "EVP_EncryptInit_ex")]
    internal static partial int EncryptInit(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptUpdate")]
    internal static partial int EncryptUpdate(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_fetch", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint MacFetch(nint libraryContext, string algorithm, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_free")]
    internal static partial void MacFree(nint mac);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_CTX_new")]
    internal static partial nint MacContextNew(nint mac);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_CTX_free")]
    internal static partial void MacContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_init")]
    internal static partial int MacInit(nint context, byte* key, nuint keyLength, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_update")]
    internal static partial int MacUpdate(nint context, byte* content, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_final")]
    internal static partial int MacFinal(nint context, byte* tag, nuint* tagLength, nuint tagCapacity);

    [LibraryImport(Library, EntryPoint = "EVP_PBE_scrypt")]
    internal static partial int Scrypt(
        byte* password,
        nuint passwordLength,
        byte* salt,
        nuint saltLength,
        ulong n,
        ulong r,
        ulong p,
        ulong maximumMemory,
        byte* key,
        nuint keyLength);
}
