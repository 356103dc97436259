using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Checking;

/// <summary>What the readable index files say: every pack with its blobs, and where every blob is.</summary>
internal sealed class ListedPacks
{
    private readonly Dictionary<Id, IndexedPack> _packs = [];
    private readonly HashSet<Id> _contradictory = [];

    /// <summary>Each pack once, with the blobs of all its lists.</summary>
    internal IReadOnlyDictionary<Id, IndexedPack> Packs => _packs;

    internal BlobIndex Index { get; } = new();

    /// <summary>Index files, readable or not.</summary>
    internal int Files { get; private set; }

    /// <summary>The findings about index files that cannot be read.</summary>
    internal List<OpenFinding> Damaged { get; } = [];

    internal static async Task<ListedPacks> LoadAsync(Repository repository, FindingLog log, CancellationToken cancellationToken)
    {
        var listed = new ListedPacks();
        var files = await repository.ListAsync(FileType.Index, cancellationToken).ConfigureAwait(false);
        listed.Files = files.Count;
        var contents = new IndexContent[files.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, files.Count),
            repository.Requests(Environment.ProcessorCount, cancellationToken),
            async (file, token) => contents[file] = await LoadAsync(repository, files[file].Handle, token).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (var (file, packs, damage) in contents)
        {
            foreach (var pack in packs) listed.Add(pack, log);
            if (damage is not null) listed.Damaged.Add(log.Error(file, $"cannot be read: {damage}"));
        }

        return listed;
    }

    private static async Task<IndexContent> LoadAsync(Repository repository, FileHandle file, CancellationToken cancellationToken)
    {
        try
        {
            return new IndexContent(file, await repository.LoadIndexFileAsync(file, cancellationToken).ConfigureAwait(false), null);
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            return new IndexContent(file, [], error.Message);
        }
    }

    private void Add(IndexedPack pack, FindingLog log)
    {
        Index.Add(pack);
        var handle = new FileHandle(FileType.Pack, pack.Id);
        if (_packs.TryGetValue(pack.Id, out var known))
        {
            AddAgain(handle, known, pack, log);
            return;
        }

        _packs.Add(pack.Id, pack);
        if (pack.Blobs.Select(blob => blob.Handle.Type).Distinct().Count() > 1)
            log.Hint(handle, "mixes data and trees, as old programs did; prune separates them");
    }

    private void AddAgain(FileHandle handle, IndexedPack known, IndexedPack pack, FindingLog log)
    {
        if (known.Blobs.SequenceEqual(pack.Blobs))
        {
            log.Hint(handle, "is listed in several index files");
            return;
        }

        _packs[pack.Id] = new IndexedPack(pack.Id, [.. known.Blobs.Union(pack.Blobs).OrderBy(blob => blob.Offset)]);
        if (!_contradictory.Add(pack.Id)) return;
        log.Error(handle, "is listed in several index files with different contents; `holdfast repair index` makes one list of them");
    }

    /// <param name="File">Which index file.</param>
    /// <param name="Packs">What it lists.</param>
    /// <param name="Damage">Why it cannot be read; null when it can.</param>
    private sealed record IndexContent(FileHandle File, List<IndexedPack> Packs, string? Damage);
}
