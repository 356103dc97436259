using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>Looks what is still good in packs.</summary>
/// <param name="repository">Where they are.</param>
/// <param name="index">Where other copies are.</param>
/// <param name="listed">What the index says is in them.</param>
internal sealed class PackSalvage(Repository repository, BlobIndex index, IReadOnlyDictionary<Id, List<PackedBlob>> listed)
{
    /// <summary>Tries every blob that the index or the header names; a file that is whole, and described by the index as it is, is sound.</summary>
    internal async Task<SalvagedPack> ExamineAsync(StoredFile file, CancellationToken cancellationToken)
    {
        var header = await TryReadHeaderAsync(file, cancellationToken).ConfigureAwait(false);
        var known = listed[file.Handle.Id].OrderBy(blob => blob.Offset).ToList();
        var candidates = known.Union(header ?? []).OrderBy(blob => blob.Offset).ToList();
        var bytes = await PackBytes.ReadAsync(repository, file.Handle.Id, cancellationToken).ConfigureAwait(false);
        var (good, bad) = (new List<PackedBlob>(), new List<PackedBlob>());
        foreach (var blob in candidates)
        {
            var isGood = await bytes.TryReadAsync(blob, cancellationToken).ConfigureAwait(false) is not null;
            (isGood ? good : bad).Add(blob);
        }

        var isSound = bad.Count == 0 && header is not null && header.SequenceEqual(known) && bytes.IsAsNamed;
        return new SalvagedPack { Id = file.Handle.Id, Size = file.Size, Blobs = candidates.Count, IsSound = isSound, Salvaged = good, Bad = bad };
    }

    /// <summary>What has a good copy in a pack that stays needs none, and is not lost.</summary>
    internal async Task<SalvagedPack> JudgeAsync(SalvagedPack pack, HashSet<Id> leaving, CancellationToken cancellationToken)
    {
        if (pack.IsSound) return pack with { Salvaged = [] };
        var salvaged = new List<PackedBlob>();
        var lost = new List<BlobHandle>();
        var here = pack.Salvaged.Select(blob => blob.Handle).ToHashSet();
        var elsewhere = 0;
        foreach (var blob in pack.Salvaged.Concat(pack.Bad.Where(blob => !here.Contains(blob.Handle))))
        {
            if (await HasGoodCopyAsync(blob.Handle, leaving, cancellationToken).ConfigureAwait(false)) elsewhere++;
            else if (here.Contains(blob.Handle)) salvaged.Add(blob);
            else lost.Add(blob.Handle);
        }

        return pack with { Salvaged = salvaged, Elsewhere = elsewhere, Lost = [.. lost.Distinct()] };
    }

    private async Task<bool> HasGoodCopyAsync(BlobHandle blob, HashSet<Id> leaving, CancellationToken cancellationToken)
    {
        foreach (var copy in index.LocateAll(blob).Where(copy => !leaving.Contains(copy.Pack)))
        {
            if (await new StoredBlob(repository, copy.Pack, copy.Blob).TryReadAsync(cancellationToken).ConfigureAwait(false) is not null) return true;
        }

        return false;
    }

    private async Task<List<PackedBlob>?> TryReadHeaderAsync(StoredFile file, CancellationToken cancellationToken)
    {
        try
        {
            return await PackTrailer.ReadAsync(repository.Backend, file, repository.Codecs, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.Failed)
        {
            // The index may still know what is in it.
            return null;
        }
    }
}
