using System.Collections.Concurrent;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Packs that are stored and in no index: what a writer had sent when it was cut off. Their headers say what they hold, so that a new index file
/// saves sending it again; reading it is enough. That another writer may just be about to list them does no harm: both say the same.
/// </summary>
public static class UnlistedUploads
{
    /// <summary>Lists them in an index file and adds them to the index; each is read for that. A pack that is not what its name says is left to a prune.</summary>
    /// <param name="repository">Locked, not necessarily exclusively.</param>
    /// <param name="index">All that is listed.</param>
    /// <param name="clock">For the age of index files.</param>
    /// <param name="requireHeld">Asked before the index file is written: throws when the lock is gone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many packs were found.</returns>
    /// <exception cref="HoldfastException">The lock is gone, or as the backend says.</exception>
    public static async Task<int> ListAsync(
        Repository repository, BlobIndex index, TimeProvider clock, Func<CancellationToken, Task> requireHeld, CancellationToken cancellationToken)
    {
        var listed = new HashSet<Id>();
        index.ForEach(location => listed.Add(location.Pack));
        var stored = await repository.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false);
        var found = new ConcurrentBag<(IndexedPack Pack, long Size)>();
        await Parallel.ForEachAsync(stored.Where(file => !listed.Contains(file.Handle.Id)), repository.Requests(1, cancellationToken), async (file, token) =>
        {
            if (await TryReadAsync(repository, file, token).ConfigureAwait(false) is { } pack) found.Add((pack, file.Size));
        }).ConfigureAwait(false);
        var files = new IndexWriter(repository, clock, requireHeld);
        foreach (var (pack, size) in found)
        {
            await files.AddAsync(pack, size, cancellationToken).ConfigureAwait(false);
            index.Add(pack);
        }

        await files.FlushAsync(cancellationToken).ConfigureAwait(false);
        return found.Count;
    }

    private static async Task<IndexedPack?> TryReadAsync(Repository repository, StoredFile file, CancellationToken cancellationToken)
    {
        try
        {
            // All of it: what was being written when the power went may be whole in its length and its header alone.
            var content = await repository.Backend.ReadAllAsync(file.Handle, cancellationToken).ConfigureAwait(false);
            if (Id.Of(content) != file.Handle.Id || content.Length != file.Size) return null;
            var blobs = PackTrailer.Parse(file, content, repository.Codecs);
            return PackHeader.PackSize(blobs) == file.Size ? new IndexedPack(file.Handle.Id, blobs) : null;
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            // Cut off in the middle, or gone.
            return null;
        }
    }
}
