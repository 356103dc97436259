using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Pruning;

/// <summary>What the index files say, and which of them lists which pack.</summary>
internal sealed class IndexedContents
{
    private readonly Dictionary<Id, IndexedPack> _lists = [];
    private readonly Dictionary<Id, List<Id>> _filesByPack = [];
    private readonly Dictionary<Id, int> _blobsByFile = [];

    internal BlobIndex Index { get; } = new();

    /// <summary>Every pack that is listed, with its size by the index and the files that list it.</summary>
    internal IReadOnlyDictionary<Id, List<Id>> FilesByPack => _filesByPack;

    /// <summary>How many blobs each index file lists.</summary>
    internal IReadOnlyDictionary<Id, int> BlobsByFile => _blobsByFile;

    /// <exception cref="HoldfastException">Damaged: an index file cannot be read, or two say different things of one pack.</exception>
    internal static async Task<IndexedContents> LoadAsync(Repository repository, CancellationToken cancellationToken)
    {
        var contents = new IndexedContents();
        var gate = new Lock();
        var files = await repository.ListAsync(FileType.Index, cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(files, repository.Requests(Environment.ProcessorCount, cancellationToken), async (file, token) =>
        {
            var packs = await repository.LoadIndexFileAsync(file.Handle, token).ConfigureAwait(false);
            lock (gate) contents.Add(file.Handle.Id, packs);
        }).ConfigureAwait(false);
        contents._lists.Clear();
        return contents;
    }

    private void Add(Id file, List<IndexedPack> packs)
    {
        _blobsByFile[file] = packs.Sum(pack => pack.Blobs.Count);
        foreach (var pack in packs)
        {
            if (_filesByPack.TryGetValue(pack.Id, out var files))
            {
                RequireSame(pack);
                files.Add(file);
                continue;
            }

            _filesByPack.Add(pack.Id, [file]);
            _lists.Add(pack.Id, pack);
            Index.Add(pack);
        }
    }

    private void RequireSame(IndexedPack pack)
    {
        if (_lists[pack.Id].Blobs.OrderBy(blob => blob.Offset).SequenceEqual(pack.Blobs.OrderBy(blob => blob.Offset))) return;
        throw new HoldfastException(
            FailureKind.Damaged,
            $"two index files say different things of pack {pack.Id.Short}; nothing was removed",
            "run `holdfast repair index`, then prune again");
    }
}
