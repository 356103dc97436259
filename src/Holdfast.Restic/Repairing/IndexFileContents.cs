using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Repairing;

/// <summary>What each index file says, and which cannot be read.</summary>
/// <param name="Readable">In the order of their IDs.</param>
/// <param name="Damaged">In the order of their IDs.</param>
internal sealed record IndexFileContents(IReadOnlyList<IndexFile> Readable, IReadOnlyList<UnreadableFile> Damaged)
{
    internal static async Task<IndexFileContents> LoadAllAsync(Repository repository, CancellationToken cancellationToken)
    {
        var readable = new List<IndexFile>();
        var damaged = new List<UnreadableFile>();
        foreach (var file in (await repository.ListAsync(FileType.Index, cancellationToken).ConfigureAwait(false)).OrderBy(file => file.Handle.Id))
        {
            try
            {
                readable.Add(new IndexFile(file.Handle.Id, await repository.LoadIndexFileAsync(file.Handle, cancellationToken).ConfigureAwait(false)));
            }
            catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.Failed)
            {
                damaged.Add(new UnreadableFile(file.Handle.Id, error.Message));
            }
        }

        return new IndexFileContents(readable, damaged);
    }

    /// <summary>Portions of packs, each for one index file.</summary>
    internal static IEnumerable<List<IndexedPack>> Fill(IReadOnlyList<IndexedPack> packs)
    {
        var next = new List<IndexedPack>();
        var blobs = 0;
        foreach (var pack in packs)
        {
            if (blobs > 0 && blobs + pack.Blobs.Count > IndexDocument.FullAtBlobs)
            {
                yield return next;
                (next, blobs) = ([], 0);
            }

            next.Add(pack);
            blobs += pack.Blobs.Count;
        }

        if (next.Count > 0) yield return next;
    }
}

/// <summary>One index file and the packs that it lists.</summary>
internal sealed record IndexFile(Id Id, IReadOnlyList<IndexedPack> Packs);
