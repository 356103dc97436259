using System.Runtime.InteropServices;

namespace Holdfast.Restic.Crypto;

/// <summary>An OpenSSL cipher context, freed with its owner.</summary>
internal sealed class CipherContext : SafeHandle
{
    private CipherContext(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    internal nint Pointer => handle;

    /// <summary>A context that encrypts with this key; the IV is set for each message.</summary>
    internal static unsafe CipherContext Create(nint cipher, ReadOnlySpan<byte> key)
    {
        var context = new CipherContext(LibCrypto.CipherContextNew());
        fixed (byte* keyPointer = key)
        {
            if (context.IsInvalid || LibCrypto.EncryptInit(context.handle, cipher, 0, keyPointer, null) != 1)
                throw new InvalidOperationException("libcrypto refused a cipher context");
        }

        _ = LibCrypto.CipherContextSetPadding(context.handle, 0);
        return context;
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.CipherContextFree(handle);
        return true;
    }
}
