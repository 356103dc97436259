using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>What becomes of damaged packs.</summary>
public sealed record PackRepairPlan
{
    /// <summary>The packs that were named, each with what is still good in it.</summary>
    public required IReadOnlyList<SalvagedPack> Packs { get; init; }

    /// <summary>Index files that are written anew.</summary>
    public required IReadOnlyList<Id> IndexFiles { get; init; }

    /// <summary>Nothing is wrong with any of them.</summary>
    public bool IsEmpty => Packs.All(pack => pack.IsSound);

    internal BlobIndex Index { get; init; } = new();
}

/// <summary>What is left of a pack.</summary>
public sealed record SalvagedPack
{
    public required Id Id { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Size { get; init; }

    /// <summary>Blobs that the index or the header say are in it.</summary>
    public required int Blobs { get; init; }

    /// <summary>Nothing is wrong with it: it stays.</summary>
    public required bool IsSound { get; init; }

    /// <summary>Blobs that are nowhere any more.</summary>
    public IReadOnlyList<BlobHandle> Lost { get; init; } = [];

    /// <summary>Blobs of which a good copy is in another pack.</summary>
    public int Elsewhere { get; init; }

    /// <summary>Blobs that go into a new pack.</summary>
    public int SalvagedBlobs => Salvaged.Count;

    /// <summary>Bytes of them, as they are stored.</summary>
    public long SalvagedBytes => Salvaged.Sum(blob => (long)blob.Length);

    internal IReadOnlyList<PackedBlob> Salvaged { get; init; } = [];

    internal IReadOnlyList<PackedBlob> Bad { get; init; } = [];

    /// <summary>What another damaged pack still has is not lost.</summary>
    internal SalvagedPack Without(HashSet<BlobHandle> saved) => this with { Lost = [.. Lost.Where(blob => !saved.Contains(blob))] };
}

/// <summary>What was done.</summary>
/// <param name="Packs">Damaged packs that are gone.</param>
/// <param name="Blobs">Blobs that are in new packs now.</param>
/// <param name="Bytes">Bytes of them, as they are stored.</param>
/// <param name="Lost">Blobs that are nowhere any more.</param>
public sealed record PackRepairResult(int Packs, int Blobs, long Bytes, int Lost);
