using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Indexes;

/// <summary>One stored copy of a blob: the pack and the place in it.</summary>
public readonly record struct BlobLocation(Id Pack, PackedBlob Blob);
