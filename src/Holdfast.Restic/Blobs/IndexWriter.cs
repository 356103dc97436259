using Holdfast.Restic.Backends;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Lists durable packs in index files. A pack that no index lists is lost to the next backup, which stores its blobs again; so an index
/// file is saved when 512 MiB or an eighth of all that was stored, or a minute or an eighth of the time (at most ten minutes), would be
/// lost to an interruption. By the eighths a long backup has dozens of index files, not thousands. Not thread-safe.
/// </summary>
internal sealed class IndexWriter(Repository repository, TimeProvider clock, Func<CancellationToken, Task>? beforeIndex = null)
{
    private const int Share = 8;
    private const long LeastBytes = 512 << 20;
    private static readonly TimeSpan LeastAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GreatestAge = TimeSpan.FromMinutes(10);

    private readonly List<IndexedPack> _unsaved = [];
    private readonly long _begun = clock.GetTimestamp();
    private long _lastSaved = clock.GetTimestamp();
    private int _unsavedBlobs;
    private long _unsavedBytes;
    private long _savedBytes;

    /// <summary>All that was added, and the files that list it.</summary>
    internal WrittenFiles Written { get; } = new();

    /// <param name="pack">A pack that is durable.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="cancellationToken">Ends the saving of an index file.</param>
    internal async Task AddAsync(IndexedPack pack, long size, CancellationToken cancellationToken)
    {
        Written.AddPack(pack.Id, size);
        _unsaved.Add(pack);
        _unsavedBlobs += pack.Blobs.Count;
        _unsavedBytes += size;
        if (IsDue()) await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Saves what is in no index file yet.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_unsaved.Count == 0) return;
        if (beforeIndex is not null) await beforeIndex(cancellationToken).ConfigureAwait(false);
        Written.AddIndex(await repository.SaveDocumentAsync(FileType.Index, IndexDocument.Serialize(_unsaved), cancellationToken).ConfigureAwait(false));
        _unsaved.Clear();
        _savedBytes += _unsavedBytes;
        (_unsavedBlobs, _unsavedBytes, _lastSaved) = (0, 0, clock.GetTimestamp());
    }

    private bool IsDue()
    {
        if (_unsavedBlobs >= IndexDocument.FullAtBlobs || _unsavedBytes >= Math.Max(LeastBytes, _savedBytes / Share)) return true;
        var tolerable = TimeSpan.FromTicks(Math.Clamp(clock.GetElapsedTime(_begun).Ticks / Share, LeastAge.Ticks, GreatestAge.Ticks));
        return clock.GetElapsedTime(_lastSaved) >= tolerable;
    }
}
