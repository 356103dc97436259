using System.Runtime.InteropServices;

namespace Holdfast.Restic.Compression;

/// <summary>A libzstd context, freed with its owner.</summary>
internal sealed class ZstdContext : SafeHandle
{
    private readonly Func<nint, nuint> _free;

    private ZstdContext(nint handle, Func<nint, nuint> free)
        : base(0, ownsHandle: true)
    {
        _free = free;
        if (handle == 0) throw new InvalidOperationException("libzstd could not allocate a context");
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    internal nint Pointer => handle;

    internal static ZstdContext ForCompression() => new(LibZstd.CreateCompressionContext(), LibZstd.FreeCompressionContext);

    internal static ZstdContext ForDecompression() => new(LibZstd.CreateDecompressionContext(), LibZstd.FreeDecompressionContext);

    protected override bool ReleaseHandle() => _free(handle) == 0;
}
