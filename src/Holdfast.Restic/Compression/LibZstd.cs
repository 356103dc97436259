using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Compression;

/// <summary>The simple, context-reusing functions of libzstd.</summary>
internal static unsafe partial class LibZstd
{
    private const string Library = "libzstd.so.1";

    internal static SystemLibrary OfSystem { get; } = new(Library, "Zstandard", "libzstd1");

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressionContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    internal static partial nuint Compress(nint context, byte* destination, nuint capacity, byte* source, nuint length, int level);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial nint CreateDecompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompressionContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    internal static partial nuint Decompress(nint context, byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_getFrameContentSize")]
    internal static partial ulong FrameContentSize(byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    internal static partial nuint CompressBound(nuint length);

    /// <summary>ZSTD_cParameter: the level.</summary>
    internal const int ParameterLevel = 100;

    /// <summary>ZSTD_cParameter: a checksum of the content at the end of the frame.</summary>
    internal const int ParameterChecksum = 201;

    /// <summary>ZSTD_dParameter: the binary logarithm of the largest window accepted.</summary>
    internal const int ParameterWindowLogMax = 100;

    /// <summary>ZSTD_EndDirective.</summary>
    internal const int Continue = 0;

    /// <inheritdoc cref="Continue"/>
    internal const int End = 2;

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetCompression(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    internal static partial nuint SetDecompression(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    internal static partial nuint CompressStream(nint context, ref ZstdBuffer output, ref ZstdBuffer input, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    internal static partial nuint DecompressStream(nint context, ref ZstdBuffer output, ref ZstdBuffer input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint code);
}

/// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have the same fields.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdBuffer
{
    internal byte* Start;
    internal nuint Size;
    internal nuint Position;
}
