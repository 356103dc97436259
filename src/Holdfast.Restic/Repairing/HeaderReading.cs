using System.Collections.Concurrent;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Repairing;

/// <summary>Reads the headers of many packs, and goes on after each that cannot be read.</summary>
internal sealed class HeaderReading(Repository repository, RepairOptions options)
{
    private readonly ConcurrentDictionary<Id, IndexedPack> _found = [];
    private readonly ConcurrentDictionary<Id, string> _unreadable = [];

    /// <summary>What the headers say.</summary>
    internal IReadOnlyDictionary<Id, IndexedPack> Found => _found;

    /// <summary>Packs whose header does not open or contradicts the size of the file, and why.</summary>
    internal IReadOnlyDictionary<Id, string> Unreadable => _unreadable;

    /// <exception cref="HoldfastException">Unavailable, Refused: as the backend says.</exception>
    internal Task ReadAsync(IReadOnlyList<StoredFile> packs, CancellationToken cancellationToken)
    {
        var parallel = repository.Requests(options.Workers, cancellationToken);
        return Parallel.ForEachAsync(packs, parallel, ReadAsync);
    }

    private async ValueTask ReadAsync(StoredFile pack, CancellationToken cancellationToken)
    {
        try
        {
            var blobs = await PackTrailer.ReadAsync(repository.Backend, pack, repository.Codecs, cancellationToken).ConfigureAwait(false);
            if (PackHeader.PackSize(blobs) == pack.Size) _found[pack.Handle.Id] = new IndexedPack(pack.Handle.Id, blobs);
            else _unreadable[pack.Handle.Id] = "its header does not describe a file of this size";
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.Failed or FailureKind.NotFound)
        {
            _unreadable[pack.Handle.Id] = error.Message;
        }

        options.BytesDone?.Invoke(pack.Size);
    }
}
