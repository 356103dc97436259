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

    internal static ZstdContext ForCompression() => Make(LibZstd.CreateCompressionContext, LibZstd.FreeCompressionContext);

    internal static ZstdContext ForDecompression() => Make(LibZstd.CreateDecompressionContext, LibZstd.FreeDecompressionContext);

    protected override bool ReleaseHandle() => _free(handle) == 0;

    private static ZstdContext Make(Func<nint> create, Func<nint, nuint> free)
    {
        LibZstd.OfSystem.EnsureLoaded();
        return new ZstdContext(create(), free);
    }
}
