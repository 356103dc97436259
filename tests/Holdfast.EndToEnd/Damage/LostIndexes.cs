using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;

namespace Holdfast.EndToEnd.Damage;

/// <summary>What is lost with index files.</summary>
internal static class LostIndexes
{
    /// <summary>The blobs that no other index lists.</summary>
    public static async Task<IReadOnlySet<BlobHandle>> OnlyListedInAsync(DamageStage stage, params FileHandle[] indexes)
    {
        var backend = new DamagedBackend(stage.Backend.Files);
        backend.Damage([.. indexes.Select(index => (index, (byte[]?)null))]);
        using var repository = await DamageStage.OpenAsync(backend);
        var others = await repository.LoadIndexAsync(DamageStage.Token);
        return stage.Oracle.Blobs.Where(blob => !others.Contains(blob)).ToHashSet();
    }
}
