using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Finds and reads the record of a snapshot. Only the trees that lead to it are read.</summary>
public sealed class SnapshotRecordReader(BlobReader reader)
{
    /// <summary>The largest record in bytes that is read; a hostile one cannot fill the memory.</summary>
    private const long LargestRecord = 64 << 20;

    private static readonly byte[] FileName = Encoding.UTF8.GetBytes(RecordPlace.FileName);

    /// <summary>The record; null when the snapshot has none because a stock restic wrote it.</summary>
    /// <exception cref="HoldfastException">
    /// Damaged, NotFound: the record or a tree that leads to it. Failed: it has a newer format than this program knows.
    /// </exception>
    public async Task<SnapshotRecord?> ReadAsync(Snapshot snapshot, CancellationToken cancellationToken) =>
        await ReadBytesAsync(snapshot, cancellationToken).ConfigureAwait(false) is { } json ? SnapshotRecord.Parse(json) : null;

    /// <summary>The record as it is stored, to be given to <see cref="SnapshotRecord.Parse"/>; null when the snapshot has none.</summary>
    /// <exception cref="HoldfastException">Damaged, NotFound: the record or a tree that leads to it.</exception>
    internal async Task<byte[]?> ReadBytesAsync(Snapshot snapshot, CancellationToken cancellationToken)
    {
        foreach (var folder in RecordPlace.CandidatesFor(snapshot.Paths))
        {
            if (await FindAsync(snapshot.Tree, folder, cancellationToken).ConfigureAwait(false) is { } node)
                return await ReadContentAsync(node, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<Node?> FindAsync(Id root, FilePath folder, CancellationToken cancellationToken)
    {
        var tree = root;
        foreach (var component in folder.Components)
        {
            var nodes = await reader.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false);
            if (nodes.FirstOrDefault(node => node.Name.Span.SequenceEqual(component.Span)) is not { Subtree: { } below }) return null;
            tree = below;
        }

        var files = await reader.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false);
        return files.FirstOrDefault(node => node.Type == NodeType.File && node.Name.Span.SequenceEqual(FileName));
    }

    private async Task<byte[]> ReadContentAsync(Node node, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        foreach (var id in node.Content ?? [])
        {
            content.Write(await reader.ReadAsync(new BlobHandle(BlobType.Data, id), cancellationToken).ConfigureAwait(false));
            if (content.Length > LargestRecord)
                throw new HoldfastException(FailureKind.Damaged, "the snapshot's record is impossibly large");
        }

        return content.ToArray();
    }
}
