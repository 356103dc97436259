using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Indexes;

/// <summary>A pack as an index file lists it, with all of its blobs.</summary>
internal sealed record IndexedPack(Id Id, IReadOnlyList<PackedBlob> Blobs);
