using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>Tells certificates and keys that are kept as text (RFC 7468) from other files, for those whose name does not say it.</summary>
internal static class PemFiles
{
    // openssl writes a description in front of the first block.
    private const int LookedAt = 8 * 1024;

    // More is no certificate, and not worth the opening.
    private const ulong Largest = 1024 * 1024;

    private static readonly byte[][] _labels =
    [
        [.. "CERTIFICATE-----"u8], [.. "TRUSTED CERTIFICATE-----"u8], [.. "X509 CRL-----"u8], [.. "PRIVATE KEY-----"u8], [.. "ENCRYPTED PRIVATE KEY-----"u8],
        [.. "RSA PRIVATE KEY-----"u8], [.. "EC PRIVATE KEY-----"u8], [.. "OPENSSH PRIVATE KEY-----"u8], [.. "DH PARAMETERS-----"u8], [.. "EC PARAMETERS-----"u8],
    ];

    /// <summary>False for what cannot be read: it is named as not recognised.</summary>
    /// <param name="path">A regular file.</param>
    /// <param name="size">Bytes.</param>
    internal static bool IsPem(FilePath path, ulong size)
    {
        if (size is 0 or > Largest) return false;
        try
        {
            using var reader = DescriptorReader.Open(path);
            Span<byte> first = stackalloc byte[LookedAt];
            return HasBlock(first[..reader.Read(first)]);
        }
        catch (HoldfastException)
        {
            return false;
        }
    }

    /// <summary>A line begins a block of one of the kinds.</summary>
    internal static bool HasBlock(ReadOnlySpan<byte> text)
    {
        var begin = "-----BEGIN "u8;
        while (text.Length > 0)
        {
            if (text.StartsWith(begin))
            {
                var label = text[begin.Length..];
                foreach (var known in _labels)
                {
                    if (label.StartsWith(known)) return true;
                }
            }

            var end = text.IndexOf((byte)'\n');
            if (end < 0) return false;
            text = text[(end + 1)..];
        }

        return false;
    }
}
