using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.EndToEnd.Damage;

/// <summary>
/// Knows by itself, from the repository while it was sound, which paths of which snapshots need which blob, and where each blob is.
/// Names in the repositories it is made for are plain.
/// </summary>
internal sealed class HarmOracle
{
    private readonly List<Need> _needs = [];

    private HarmOracle(BlobIndex index)
    {
        Index = index;
    }

    public BlobIndex Index { get; }

    public IReadOnlySet<BlobHandle> Blobs => _needs.Select(need => need.Blob).ToHashSet();

    public static async Task<HarmOracle> AskAsync(Repository repository, CancellationToken cancellationToken)
    {
        var index = await repository.LoadIndexAsync(cancellationToken);
        var oracle = new HarmOracle(index);
        var reader = new BlobReader(repository, index);
        foreach (var snapshot in (await SnapshotFiles.LoadAllAsync(repository, cancellationToken)).Readable)
            await oracle.WalkAsync(reader, snapshot.Id, snapshot.Snapshot.Tree, "", cancellationToken);
        return oracle;
    }

    /// <summary>The blobs that bytes from <paramref name="start"/> on of a pack belong to.</summary>
    public IReadOnlySet<BlobHandle> BlobsIn(FileHandle pack, long start, long length) =>
        Blobs.Where(blob => Index.Locate(blob) is { } place && place.Pack == pack.Id
            && place.Blob.Offset < start + length && start < (long)place.Blob.Offset + place.Blob.Length).ToHashSet();

    /// <summary>What is lost with some blobs, as "SNAPSHOT PATH".</summary>
    /// <param name="isReadable">The blobs can still be read, so that what is below a folder is known.</param>
    public IReadOnlySet<string> Harm(IReadOnlySet<BlobHandle> blobs, bool isReadable = false)
    {
        var hurt = _needs.Where(need => blobs.Contains(need.Blob)).ToList();
        var folders = hurt.Where(need => !isReadable && need.Blob.Type == BlobType.Tree).ToHashSet();
        return hurt
            .Where(need => !folders.Any(folder => folder.Snapshot == need.Snapshot && folder.Path != need.Path && need.Path.StartsWith(folder.Path.TrimEnd('/') + "/", StringComparison.Ordinal)))
            .Select(need => $"{need.Snapshot} {need.Path}")
            .ToHashSet(StringComparer.Ordinal);
    }

    private async Task WalkAsync(BlobReader reader, Id snapshot, Id tree, string path, CancellationToken cancellationToken)
    {
        _needs.Add(new Need(new BlobHandle(BlobType.Tree, tree), snapshot, path.Length == 0 ? "/" : path));
        foreach (var node in await reader.ReadTreeAsync(tree, cancellationToken))
        {
            var below = $"{path}/{Encoding.UTF8.GetString(node.Name.Span)}";
            if (node.Type == NodeType.Directory) await WalkAsync(reader, snapshot, node.Subtree!.Value, below, cancellationToken);
            foreach (var id in node.Content ?? []) _needs.Add(new Need(new BlobHandle(BlobType.Data, id), snapshot, below));
        }
    }

    private sealed record Need(BlobHandle Blob, Id Snapshot, string Path);
}
