using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Repairing;

/// <summary>
/// Whether the index fits the packs. What no index lists is no loss while the pack is there: nothing may be cut out of a snapshot before that is clear.
/// </summary>
internal sealed class IndexFit(BlobIndex index, IReadOnlyList<IndexedPack> unlisted)
{
    private const string Hint = "run `holdfast repair index` first; when it names damaged packs, `holdfast repair packs`; then this again";

    internal BlobIndex Index => index;

    /// <exception cref="HoldfastException">Damaged: it does not.</exception>
    internal static async Task<IndexFit> RequireAsync(Repository repository, RepairOptions options, CancellationToken cancellationToken)
    {
        var files = await IndexFileContents.LoadAllAsync(repository, cancellationToken).ConfigureAwait(false);
        if (files.Damaged is [var damaged, ..]) throw Unfit($"index {damaged.Id.Short} cannot be read");
        var lists = new PackLists(files.Readable);
        var stored = await repository.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false);
        var there = stored.Select(file => file.Handle.Id).ToHashSet();
        if (stored.FirstOrDefault(file => lists.Find(file.Handle.Id) is not null && !lists.Explains(file)) is { Handle.Id.IsNull: false } other)
            throw Unfit($"pack {other.Handle.Id.Short} is not as the index says");
        if (lists.All.Where(pack => !there.Contains(pack)).Order().Select(pack => (Id?)pack).FirstOrDefault() is { } missing)
            throw Unfit($"pack {missing.Short} is missing though the index lists it");
        var index = new BlobIndex();
        foreach (var pack in files.Readable.SelectMany(file => file.Packs)) index.Add(pack);
        // One that nobody can read, not even what is in it, holds nothing back.
        var headers = new HeaderReading(repository, options);
        await headers.ReadAsync([.. stored.Where(file => lists.Find(file.Handle.Id) is null)], cancellationToken).ConfigureAwait(false);
        return new IndexFit(index, [.. headers.Found.Values]);
    }

    /// <exception cref="HoldfastException">Damaged: a pack that no index lists has one of them.</exception>
    internal void RequireLost(IReadOnlySet<BlobHandle> missing)
    {
        if (unlisted.FirstOrDefault(pack => pack.Blobs.Any(blob => missing.Contains(blob.Handle))) is { } pack)
            throw Unfit($"pack {pack.Id.Short}, which is in no index, holds some of it");
    }

    private static HoldfastException Unfit(string why) => new(FailureKind.Damaged, $"what is lost cannot be told yet: {why}; nothing was changed", Hint);
}
