using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores;

/// <summary>Works out what a restore will do, by reading the snapshot's trees and looking at the destinations. Writes nothing.</summary>
internal sealed class RestorePlanner(BlobReader reader, RestoreOptions options)
{
    private readonly List<string> _problems = [];
    private readonly List<string> _notices = [];
    private readonly PathSelection _selection = new(options.Include);

    // Paths of snapshots are text, in which bytes that are not UTF-8 are lost; so what is compared with them is turned to text as well.
    private readonly IReadOnlyList<FilePath> _saved =
        [.. options.Snapshot.Snapshot.Paths.Where(path => path.StartsWith('/')).Select(path => FilePath.From(path))];

    /// <exception cref="HoldfastException">Usage: the target is inside the repository. NotFound: a path is not in the snapshot. Damaged: a hostile tree.</exception>
    internal async Task<RestorePlan> PlanAsync(CancellationToken cancellationToken)
    {
        if (options.Target is { } target) Destinations.RefuseInside(target, options.Forbidden);
        var record = await ReadRecordAsync(cancellationToken).ConfigureAwait(false);
        var databases = new DatabaseRecognition(reader, record, _selection);
        var items = await WalkAsync(databases, cancellationToken).ConfigureAwait(false);
        RequireFound(items);
        if (options.Target is null) items = InPlaceItems.Of(items, options.Snapshot.Snapshot.Paths);
        _problems.AddRange(databases.Missing);
        return new RestorePlan
        {
            Target = options.Target,
            Items = items,
            Record = record,
            Conflicts = Destinations.Conflicts(items, options),
            Problems = _problems,
            Notices = _notices,
        };
    }

    private async Task<SnapshotRecord?> ReadRecordAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await new SnapshotRecordReader(reader).ReadAsync(options.Snapshot.Snapshot, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            // The record is a help, not the backup: databases are then recognised by their header.
            _problems.Add($"the snapshot's record cannot be read: {error.Message}");
            return null;
        }
    }

    private async Task<IReadOnlyList<RestoreItem>> WalkAsync(DatabaseRecognition databases, CancellationToken cancellationToken)
    {
        var items = new List<RestoreItem>();
        var walk = new SnapshotWalk(reader, _selection);
        await foreach (var entry in walk.EntriesAsync(options.Snapshot.Snapshot.Tree, cancellationToken).ConfigureAwait(false))
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
            Destination = options.Target is { } target ? Destinations.Below(target, entry.Path) : entry.Path,
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

        if ((ulong)size != node.Size) _problems.Add($"\"{path.Display}\" has {size} bytes in the snapshot, though its entry says {node.Size}");
        return size;
    }

    private void RequireFound(IReadOnlyList<RestoreItem> items)
    {
        foreach (var wanted in options.Include)
        {
            if (items.Any(item => item.Source.IsUnder(wanted)) || wanted.IsRoot) continue;
            throw new HoldfastException(
                FailureKind.NotFound, $"\"{wanted.Display}\" is not in snapshot {options.Snapshot.Id.Short}", "see what is with `holdfast show`; paths are absolute there");
        }
    }
}
