using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Contents;

/// <summary>Finds out what a snapshot holds of what was asked for, by reading its trees. One reader is used once.</summary>
/// <param name="reader">Where the trees are.</param>
/// <param name="snapshot">The snapshot.</param>
/// <param name="include">Absolute paths as in the snapshot; empty: everything.</param>
/// <param name="parts">As <paramref name="include"/>, but some of them may be missing.</param>
internal sealed class SnapshotContentsReader(
    BlobReader reader, StoredSnapshot snapshot, IReadOnlyList<FilePath> include, IReadOnlyList<FilePath> parts)
{
    private readonly List<string> _problems = [];
    private readonly List<string> _notices = [];
    private readonly PathSelection _selection = new([.. include, .. parts]);
    private string? _unusedRecord;

    // Paths of snapshots are text, in which bytes that are not UTF-8 are lost; so what is compared with them is turned to text as well.
    private readonly IReadOnlyList<FilePath> _saved =
        [.. snapshot.Snapshot.Paths.Where(path => path.StartsWith('/')).Select(path => FilePath.From(path))];

    /// <exception cref="HoldfastException">NotFound: a path is not in the snapshot. Damaged: a hostile tree.</exception>
    internal async Task<SnapshotContents> ReadAsync(CancellationToken cancellationToken)
    {
        var record = await ReadRecordAsync(cancellationToken).ConfigureAwait(false);
        var databases = new DatabaseRecognition(reader, record, _selection);
        var items = await WalkAsync(databases, cancellationToken).ConfigureAwait(false);
        await RequireFoundAsync(items, cancellationToken).ConfigureAwait(false);
        _problems.AddRange(databases.Problems);
        return new SnapshotContents
        {
            Items = items,
            Record = record,
            UnusedRecord = _unusedRecord,
            Problems = _problems,
            Notices = _notices,
        };
    }

    /// <summary>The record is a help, not the backup: without it databases are recognised by their header.</summary>
    private async Task<SnapshotRecord?> ReadRecordAsync(CancellationToken cancellationToken)
    {
        byte[]? json = null;
        try
        {
            json = await new SnapshotRecordReader(reader).ReadBytesAsync(snapshot.Snapshot, cancellationToken).ConfigureAwait(false);
            return json is null ? null : SnapshotRecord.Parse(json);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            _unusedRecord = $"the snapshot's record cannot be read: {error.Message}";
            _problems.Add(_unusedRecord);
            return null;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Failed && json is not null)
        {
            _unusedRecord = $"{error.Message}; so databases are recognised by their header";
            _notices.Add(_unusedRecord);
            return null;
        }
    }

    private async Task<IReadOnlyList<RestoreItem>> WalkAsync(DatabaseRecognition databases, CancellationToken cancellationToken)
    {
        var items = new List<RestoreItem>();
        var walk = new SnapshotWalk(reader, _selection);
        await foreach (var entry in walk.EntriesAsync(snapshot.Snapshot.Tree, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Node.Type is NodeType.Socket or NodeType.Unknown)
            {
                _notices.Add($"\"{entry.Path.Display}\" is of a type that cannot be restored");
                continue;
            }

            items.Add(await ItemAsync(entry, databases, cancellationToken).ConfigureAwait(false));
        }

        _problems.AddRange(walk.Problems);
        return items;
    }

    private async Task<RestoreItem> ItemAsync(SnapshotEntry entry, DatabaseRecognition databases, CancellationToken cancellationToken)
    {
        var node = entry.Node.Type == NodeType.File ? entry.Node with { Content = entry.Node.Content ?? [] } : entry.Node;
        var item = new RestoreItem
        {
            Source = entry.Path,
            Destination = entry.Path,
            Node = node,
            IsLeading = !_selection.Includes(entry.Path) || !_saved.Any(FilePath.From(entry.Path.ToString()).IsUnder),
        };
        if (node.Type != NodeType.File) return item;
        return item with
        {
            Bytes = SizeOf(entry.Path, node),
            IsDatabase = await databases.IsDatabaseAsync(entry.Path, node, cancellationToken).ConfigureAwait(false),
        };
    }

    private long SizeOf(FilePath path, Node node)
    {
        long size = 0;
        foreach (var id in node.Content!)
        {
            // A blob that is in no index will be told when the content is fetched.
            if (reader.Index.Locate(new BlobHandle(BlobType.Data, id)) is not { } location) return size;
            size += location.Blob.PlainLength;
        }

        if ((ulong)size != node.Size)
            _problems.Add($"\"{path.Display}\" has {size} bytes in the snapshot, though its entry says {node.Size}");
        return size;
    }

    private async Task RequireFoundAsync(IReadOnlyList<RestoreItem> items, CancellationToken cancellationToken)
    {
        if (parts.Count > 0 && !items.Any(item => parts.Any(item.Source.IsUnder)))
        {
            throw new HoldfastException(
                FailureKind.NotFound, $"nothing of what was asked for is in snapshot {snapshot.Id.Short}", $"`holdfast ls --recursive {snapshot.Id.Short}` lists what is");
        }

        foreach (var wanted in include)
        {
            if (items.Any(item => item.Source.IsUnder(wanted)) || wanted.IsRoot) continue;
            throw await new AbsentPath(reader, snapshot).ExplainAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
    }
}
