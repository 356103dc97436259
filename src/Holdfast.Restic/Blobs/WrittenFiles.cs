using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// What was sent in place of something that is about to be removed. That a storage has taken a file without complaint does not say that it has it: before the
/// originals go, packs are looked for in a list and index files are read back. Thread-safe while files are added.
/// </summary>
internal sealed class WrittenFiles
{
    private readonly Dictionary<Id, long> _packs = [];
    private readonly HashSet<Id> _indexes = [];
    private readonly Lock _gate = new();

    /// <summary>How many index files.</summary>
    internal int Indexes => _indexes.Count;

    internal void AddPack(Id id, long size)
    {
        lock (_gate) _packs[id] = size;
    }

    internal void AddIndex(Id id)
    {
        lock (_gate) _indexes.Add(id);
    }

    internal bool HasIndex(Id id) => _indexes.Contains(id);

    /// <exception cref="HoldfastException">Damaged: one is not there as it was sent. Or as the backend says.</exception>
    internal async Task RequireStoredAsync(Repository repository, CancellationToken cancellationToken)
    {
        if (_packs.Count > 0) await RequirePacksAsync(repository.Backend, cancellationToken).ConfigureAwait(false);
        var storage = repository.Afresh();
        foreach (var index in _indexes) await RequireIndexAsync(storage, index, cancellationToken).ConfigureAwait(false);
    }

    private async Task RequirePacksAsync(IBackend backend, CancellationToken cancellationToken)
    {
        var left = new Dictionary<Id, long>(_packs);
        await foreach (var file in backend.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false))
            if (left.TryGetValue(file.Handle.Id, out var size) && size == file.Size) left.Remove(file.Handle.Id);
        foreach (var (id, size) in left)
        {
            var pack = new FileHandle(FileType.Pack, id);
            // Lists of some services are behind.
            var there = await backend.StatAsync(pack, cancellationToken).ConfigureAwait(false);
            if (there != size) throw Lost(pack, there is null ? "does not have it" : $"has {there} of its {size} bytes", null);
        }
    }

    private static async Task RequireIndexAsync(Repository storage, Id index, CancellationToken cancellationToken)
    {
        var file = new FileHandle(FileType.Index, index);
        try
        {
            await storage.LoadIndexFileAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.NotFound or FailureKind.Damaged)
        {
            throw Lost(file, "does not give it back as it was sent", error);
        }
    }

    private static HoldfastException Lost(FileHandle file, string what, Exception? inner) => new(
        FailureKind.Damaged,
        $"the storage has taken {file} without complaint and {what}; what it was written in place of was not removed",
        "something is wrong with the storage: have it looked at, then run `holdfast check --read-data`",
        inner);
}
