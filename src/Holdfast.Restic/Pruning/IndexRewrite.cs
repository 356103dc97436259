using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Locks;

namespace Holdfast.Restic.Pruning;

/// <summary>
/// Writes index files anew without some packs: first the new ones, then the old ones go. One old file is in memory at a time, so that it does
/// not matter how many there are.
/// </summary>
internal sealed class IndexRewrite(Repository repository, IReadOnlySet<Id> leaving)
{
    private readonly WrittenFiles _written = new();
    private readonly HashSet<Id> _listed = [];
    private readonly List<IndexedPack> _next = [];
    private int _blobs;

    /// <param name="files">The files to replace.</param>
    /// <param name="held">Asked before each file is removed.</param>
    /// <param name="cancellationToken">Ends it; what is listed twice then is harmless.</param>
    internal async Task ExecuteAsync(IReadOnlyList<Id> files, RepositoryLock held, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            foreach (var pack in await repository.LoadIndexFileAsync(new FileHandle(FileType.Index, file), cancellationToken).ConfigureAwait(false))
            {
                if (leaving.Contains(pack.Id) || !_listed.Add(pack.Id)) continue;
                await AddAsync(pack, cancellationToken).ConfigureAwait(false);
            }
        }

        await SaveAsync(cancellationToken).ConfigureAwait(false);
        await _written.RequireStoredAsync(repository, cancellationToken).ConfigureAwait(false);
        foreach (var file in files.Where(file => !_written.HasIndex(file)))
        {
            // Each time: whoever comes in between relies on the packs that an old file lists.
            await held.RequireHeldAsync(cancellationToken).ConfigureAwait(false);
            await repository.Backend.DeleteAsync(new FileHandle(FileType.Index, file), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AddAsync(IndexedPack pack, CancellationToken cancellationToken)
    {
        if (_blobs > 0 && _blobs + pack.Blobs.Count > IndexDocument.FullAtBlobs) await SaveAsync(cancellationToken).ConfigureAwait(false);
        _next.Add(pack);
        _blobs += pack.Blobs.Count;
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (_next.Count == 0) return;
        _written.AddIndex(await repository.SaveDocumentAsync(FileType.Index, IndexDocument.Serialize(_next), cancellationToken).ConfigureAwait(false));
        _next.Clear();
        _blobs = 0;
    }
}
