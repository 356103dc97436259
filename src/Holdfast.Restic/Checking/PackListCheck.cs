using System.Globalization;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Checking;

/// <summary>Compares the packs that are stored with those that the index lists.</summary>
internal sealed class PackListCheck(Repository repository, FindingLog log)
{
    internal async Task<UnlistedPacks> ExecuteAsync(
        ListedPacks listed, IReadOnlyList<StoredFile> stored, CancellationToken cancellationToken)
    {
        var sizes = stored.ToDictionary(file => file.Handle.Id, file => file.Size);
        foreach (var pack in listed.Packs.Values)
        {
            if (sizes.TryGetValue(pack.Id, out var size)) CheckSize(pack, size);
            else LoseBlobsBeyond(pack, 0, log.Error(new FileHandle(FileType.Pack, pack.Id), "is missing, though the index lists it"));
        }

        var unlisted = new UnlistedPacks(listed.Damaged);
        foreach (var file in stored)
        {
            if (!listed.Packs.ContainsKey(file.Handle.Id)) await AddUnlistedAsync(unlisted, file, cancellationToken).ConfigureAwait(false);
        }

        return unlisted;
    }

    private void CheckSize(IndexedPack pack, long size)
    {
        var expected = PackHeader.PackSize(pack.Blobs);
        if (size == expected) return;
        var message = string.Create(CultureInfo.InvariantCulture, $"has {size} bytes, though by the index it should have {expected}");
        LoseBlobsBeyond(pack, size, log.Error(new FileHandle(FileType.Pack, pack.Id), message));
    }

    /// <summary>What lies within a truncated pack may still be good, and reading it will tell.</summary>
    private void LoseBlobsBeyond(IndexedPack pack, long size, OpenFinding finding)
    {
        foreach (var blob in pack.Blobs.Where(blob => (long)blob.Offset + blob.Length > size))
            log.BadCopy(new BlobLocation(pack.Id, blob), finding);
    }

    /// <summary>Interrupted backups leave such packs; when an index file is lost they are also where its blobs still are.</summary>
    private async Task AddUnlistedAsync(UnlistedPacks unlisted, StoredFile file, CancellationToken cancellationToken)
    {
        try
        {
            var blobs = await PackTrailer.ReadAsync(repository.Backend, file, repository.Codecs, cancellationToken).ConfigureAwait(false);
            var finding = log.Hint(file.Handle, "is in no index, as an interrupted backup leaves it; `holdfast prune` removes it");
            unlisted.Add(new IndexedPack(file.Handle.Id, blobs), finding);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            // Removed in the meantime.
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.Unavailable)
        {
            log.Hint(file.Handle, $"is in no index and its header cannot be read ({error.Message}); `holdfast prune` removes it");
        }
    }
}
