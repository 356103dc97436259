using System.Runtime.InteropServices;

namespace Holdfast.Restic.Crypto;

/// <summary>An OpenSSL Poly1305 context, reused for every message with a new one-time key.</summary>
internal sealed unsafe class Poly1305Context : SafeHandle
{
    internal const int TagSize = 16;

    internal Poly1305Context()
        : base(0, ownsHandle: true)
    {
        var mac = LibCrypto.MacFetch(0, "POLY1305", 0);
        if (mac == 0) throw new InvalidOperationException("libcrypto has no POLY1305");
        SetHandle(LibCrypto.MacContextNew(mac));
        LibCrypto.MacFree(mac);
    }

    public override bool IsInvalid => handle == 0;

    /// <param name="oneTimeKey">32 bytes: r (clamping is done by the algorithm) and s.</param>
    /// <param name="content">The message.</param>
    /// <param name="tag">Receives 16 bytes.</param>
    internal void Compute(ReadOnlySpan<byte> oneTimeKey, ReadOnlySpan<byte> content, Span<byte> tag)
    {
        nuint written = 0;
        fixed (byte* key = oneTimeKey, input = content, output = tag)
        {
            var done = LibCrypto.MacInit(handle, key, (nuint)oneTimeKey.Length, 0) == 1
                && LibCrypto.MacUpdate(handle, input, (nuint)content.Length) == 1
                && LibCrypto.MacFinal(handle, output, &written, (nuint)tag.Length) == 1;
            if (!done || written != TagSize) throw new InvalidOperationException("libcrypto failed to compute a Poly1305 tag");
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.MacContextFree(handle);
        return true;
    }
}
