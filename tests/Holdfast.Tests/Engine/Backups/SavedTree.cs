using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>What is in a snapshot.</summary>
internal sealed class SavedTree(StoredSnapshot stored, BlobReader reader, Dictionary<FilePath, SnapshotEntry> entries)
{
    public Snapshot Snapshot => stored.Snapshot;

    public IReadOnlyCollection<FilePath> Paths => entries.Keys;

    public bool Has(FilePath path) => entries.ContainsKey(path);

    public Node Node(FilePath path) => entries[path].Node;

    /// <summary>The names in a folder of the snapshot, in order, with a space between them.</summary>
    public string Names(FilePath folder) =>
        string.Join(' ', entries.Keys.Where(path => path.Parent == folder).Order().Select(path => PrintableName.Escape(path.Name.Span)));

    public async Task<byte[]> BytesAsync(FilePath path)
    {
        var content = new MemoryStream();
        foreach (var id in Node(path).Content!)
            content.Write(await reader.ReadAsync(new BlobHandle(BlobType.Data, id), TestContext.Current.CancellationToken));
        return content.ToArray();
    }

    public async Task<string> TextAsync(FilePath path) => Encoding.UTF8.GetString(await BytesAsync(path));

    /// <summary>The record, found as a drill finds it.</summary>
    public async Task<SnapshotRecord> RecordAsync() =>
        (await new SnapshotRecordReader(reader).ReadAsync(Snapshot, TestContext.Current.CancellationToken))!;
}
