using System.Globalization;
using System.Text.Unicode;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Archives.Exporting;

/// <summary>What of a snapshot goes into an archive.</summary>
internal sealed record ExportedSnapshot
{
    public required StoredSnapshot Stored { get; init; }

    public required SnapshotRecord? Record { get; init; }

    public required IReadOnlyList<ExportedItem> Items { get; init; }

    /// <summary>What is not in the archive although it is in the snapshot, or was not in the snapshot; one sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Bytes of all contents.</summary>
    public long Bytes => Items.Sum(item => item.Entry.Size);

    /// <summary>Reads the trees of a snapshot.</summary>
    /// <exception cref="HoldfastException">Damaged, NotFound: a tree cannot be read, so that nobody could say what is missing.</exception>
    internal static async Task<ExportedSnapshot> ReadAsync(BlobReader reader, StoredSnapshot stored, CancellationToken cancellationToken)
    {
        var record = await new SnapshotRecordReader(reader).ReadAsync(stored.Snapshot, cancellationToken).ConfigureAwait(false);
        var builder = new Builder(reader, stored, record);
        var walk = new SnapshotWalk(reader, PathSelection.Everything);
        await foreach (var entry in walk.EntriesAsync(stored.Snapshot.Tree, cancellationToken).ConfigureAwait(false)) builder.Add(entry);
        if (walk.Problems.Count > 0)
            throw new HoldfastException(FailureKind.Damaged, $"snapshot {stored.Id.Short} cannot be exported: {walk.Problems[0]}", "export another one, and run `holdfast check`");
        return new ExportedSnapshot
        {
            Stored = stored,
            Record = record,
            Items = builder.Finish(),
            Problems = [.. record?.Problems ?? [], .. builder.Problems],
        };
    }

    internal ArchiveManifest Manifest(string program) => new()
    {
        Program = program,
        Application = Record?.Application,
        ApplicationVersion = Record?.Version,
        Root = Record?.Root,
        Host = Stored.Snapshot.Hostname,
        User = Stored.Snapshot.Username,
        Time = Stored.Snapshot.Time.ToString(),
        Snapshot = Stored.Id.ToString(),
        Paths = Stored.Snapshot.Paths,
        Tags = Stored.Snapshot.Tags,
        Record = Record,
        Files = [.. Items.Select(item => item.Entry)],
    };

    private sealed class Builder(BlobReader reader, StoredSnapshot stored, SnapshotRecord? record)
    {
        private readonly FilePath? _root = RootOf(record);
        private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
        private readonly Dictionary<FilePath, DatabaseRecord> _databases = (record?.Databases ?? [])
            .Where(database => database is { Missing: null, Kind: DatabaseRecord.SqliteKind })
            .DistinctBy(database => database.Path)
            .ToDictionary(database => FilePath.From(database.Path));

        private readonly List<ExportedItem> _items = [];
        private FilePath? _recordFolder;

        internal List<string> Problems { get; } = [];

        internal void Add(SnapshotEntry entry)
        {
            if (IsRecord(entry.Path))
            {
                _recordFolder = entry.Path.Parent;
                return;
            }

            var type = entry.Node.Type switch
            {
                NodeType.File => ArchiveEntry.File,
                NodeType.Directory => ArchiveEntry.Folder,
                NodeType.Symlink when entry.Node.LinkTarget is not null => ArchiveEntry.Link,
                _ => null,
            };
            if (type is null)
            {
                Problems.Add($"\"{entry.Path.Display}\" is neither file, folder nor link, and not in the archive");
                return;
            }

            // Folders above the root are not the application's.
            if (type == ArchiveEntry.Folder && _root is not null && _root.IsUnder(entry.Path) && _root != entry.Path) return;
            var content = entry.Node.Content ?? [];
            var database = _databases.GetValueOrDefault(entry.Path);
            _items.Add(new ExportedItem(Describe(entry, type, database, LengthOf(content)), entry.Node));
        }

        /// <summary>What was found. The folder of the record goes with it, unless it holds something of the user's.</summary>
        internal IReadOnlyList<ExportedItem> Finish()
        {
            if (_recordFolder is { } folder && _items.Count(item => ArchiveListCheck.OriginalOf(item.Entry).IsUnder(folder)) == 1)
                _items.RemoveAll(item => ArchiveListCheck.OriginalOf(item.Entry) == folder);
            return _items;
        }

        private ArchiveEntry Describe(SnapshotEntry entry, string type, DatabaseRecord? database, long size)
        {
            var node = entry.Node;
            return new ArchiveEntry
            {
                Path = database is null ? ArchiveNames.OfFile(entry.Path, _root) : ArchiveNames.OfDatabase(database.Name, _taken),
                Type = type,
                Original = entry.Path.ToString(),
                OriginalBytes = Utf8.IsValid(entry.Path.Span) ? null : entry.Path.Span.ToArray(),
                Size = size,
                Mode = Convert.ToString(NodeMode.PermissionsOf(node.Mode), 8).PadLeft(4, '0'),
                Uid = node.Uid,
                Gid = node.Gid,
                User = node.User,
                Group = node.Group,
                Modified = node.ModifiedAt.ToString(),
                Target = node.LinkTarget is { } target ? System.Text.Encoding.UTF8.GetString(target.Span) : null,
                TargetBytes = node.LinkTarget is { } raw && !Utf8.IsValid(raw.Span) ? raw.ToArray() : null,
                Database = database?.Name,
            };
        }

        // What the index knows: what the tree says of a file's size may be wrong.
        private long LengthOf(IReadOnlyList<Id> content) =>
            content.Sum(id => (long)(reader.Index.Locate(new BlobHandle(BlobType.Data, id))?.Blob.PlainLength ?? 0));

        private bool IsRecord(FilePath path)
        {
            var folder = path.Parent;
            return record is not null && folder is not null
                && path.Name.Span.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(RecordPlace.FileName))
                && folder.Name.Span.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(RecordPlace.FolderName))
                && RecordPlace.CandidatesFor(stored.Snapshot.Paths).Contains(folder);
        }

        // Older records have no root; the manifest stands in it as a rule.
        private static FilePath? RootOf(SnapshotRecord? record) =>
            record?.Root is { } root ? FilePath.From(root) : record?.Manifest is { } manifest ? FilePath.From(manifest).Parent : null;
    }
}

/// <summary>One thing for an archive.</summary>
internal sealed record ExportedItem(ArchiveEntry Entry, Node Node)
{
    /// <summary>Writes the content of a file.</summary>
    /// <exception cref="HoldfastException">Damaged: it cannot be had whole.</exception>
    internal async Task CopyAsync(BlobReader reader, Stream output, OperationProgress progress, CancellationToken cancellationToken)
    {
        await foreach (var chunk in new ContentReader(reader).ReadAsync(ArchiveListCheck.OriginalOf(Entry), Node, cancellationToken).ConfigureAwait(false))
        {
            await output.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
            progress.AddBytes(chunk.Length);
        }
    }
}
