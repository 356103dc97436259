using Holdfast.Engine.Files;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>
/// A folder as the parent snapshot has it, to find files that need not be read again. A parent that cannot be read is as good as none:
/// the files are then simply read.
/// </summary>
internal sealed class ParentDirectory
{
    /// <summary>Bytes; what claims to be larger is no record.</summary>
    private const int LargestRead = 64 << 20;

    internal static readonly ParentDirectory None = new(null, []);

    private readonly BlobReader? _reader;
    private readonly IReadOnlyList<Node> _nodes;

    private ParentDirectory(BlobReader? reader, IReadOnlyList<Node> nodes)
    {
        _reader = reader;
        _nodes = nodes;
    }

    internal static async Task<ParentDirectory> OpenAsync(BlobReader reader, Id tree, CancellationToken cancellationToken)
    {
        try
        {
            return new ParentDirectory(reader, await reader.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false));
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            return None;
        }
    }

    internal Node? Find(ReadOnlySpan<byte> name)
    {
        int low = 0, high = _nodes.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = NodeName.Compare(_nodes[middle].Name.Span, name);
            if (order == 0) return _nodes[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return null;
    }

    internal Task<ParentDirectory> OpenAsync(ReadOnlySpan<byte> name, CancellationToken cancellationToken) =>
        Find(name) is { Subtree: { } tree } && _reader is not null ? OpenAsync(_reader, tree, cancellationToken) : Task.FromResult(None);

    /// <summary>What the parent snapshot has at an absolute path; to be asked of its root.</summary>
    internal async Task<Node?> FindAsync(FilePath path, CancellationToken cancellationToken)
    {
        var folder = this;
        foreach (var component in path.Parent?.Components ?? [])
            folder = await folder.OpenAsync(component.Span, cancellationToken).ConfigureAwait(false);
        return folder.Find(path.Name.Span);
    }

    /// <summary>The content of the snapshot's record or another small file at an absolute path; null when it is not there or cannot be read.</summary>
    internal async Task<byte[]?> TryReadAsync(FilePath path, CancellationToken cancellationToken)
    {
        if (_reader is null || await FindAsync(path, cancellationToken).ConfigureAwait(false) is not { Content: { } content }) return null;
        try
        {
            using var bytes = new MemoryStream();
            foreach (var id in content)
            {
                bytes.Write(await _reader.ReadAsync(new BlobHandle(BlobType.Data, id), cancellationToken).ConfigureAwait(false));
                if (bytes.Length > LargestRead) return null;
            }

            return bytes.ToArray();
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The same file, not changed since: size, times and inode are equal and the repository has all its content.</summary>
    internal static bool IsUnchanged(Node parent, FileStatus status, BlobIndex index) =>
        parent is { Type: NodeType.File, Content: { } content }
        && parent.Size == status.Size
        && parent.Inode == status.Inode
        && IsSame(parent.ModifiedAt, status.ModifiedAt)
        && IsSame(parent.ChangedAt, status.ChangedAt)
        && content.All(id => index.Contains(new BlobHandle(BlobType.Data, id)));

    private static bool IsSame(Timestamp recorded, FileTime now) => recorded.UnixSeconds == now.Seconds && recorded.Nanoseconds == now.Nanoseconds;
}
